package io.kvorum.boot;

import io.kvorum.boot.config.MemberConfig;
import io.kvorum.service.Identity;
import io.kvorum.support.Log;
import io.kvorum.support.RareLog;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Consumer;

/**
 * What all parts of a member are wired on. Immutable.
 *
 * @param start who this member is, and what it starts with
 * @param databases open
 * @param onFailure called once, on any thread, with the reason why the member must stop
 */
record Groundwork(
    PartSettings settings,
    MemberStart.Outcome start,
    Databases databases,
    Consumer<Throwable> onFailure) {

  /** Of slow calls, and of slow commands. */
  private static final int MOST_WARNINGS_PER_SECOND = 10;

  MemberConfig config() {
    return settings.config();
  }

  Identity identity() {
    return start.identity();
  }

  long memberId() {
    return start.identity().memberId();
  }

  /** Warnings of a part, written on the common pool, which refuses nothing. */
  static RareLog warningsOf(Class<?> part) {
    return new RareLog(
        Log.of(part), MOST_WARNINGS_PER_SECOND, ForkJoinPool.commonPool(), System::nanoTime);
  }
}
