package io.kvorum.load;

import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** What a scenario sends. Shared by all callers, therefore thread-safe. */
@FunctionalInterface
interface Requests {

  /** The next request, or null when there is nothing left to send. */
  @Nullable Request next(SplittableRandom random);
}
