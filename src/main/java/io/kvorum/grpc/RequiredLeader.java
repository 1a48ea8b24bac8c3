package io.kvorum.grpc;

import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Knows whether there is a leader for JSON requests that require one, and registers their streams,
 * which end once there has been none for some time. Thread-safe.
 *
 * <p>Held by: HttpRelayTest, StreamFrontTest.
 */
final class RequiredLeader {
  private volatile BooleanSupplier isKnown = () -> true; // nobody is served before it is set
  private volatile @Nullable StreamRegistry streams;

  /**
   * @param known true while a leader is known
   */
  void askForIt(BooleanSupplier known) {
    isKnown = known;
  }

  /** Has streams registered there, from now on. */
  void registerStreams(StreamRegistry registry) {
    streams = registry;
  }

  boolean isKnown() {
    return isKnown.getAsBoolean();
  }

  void add(StreamRegistry.OpenStream stream) {
    StreamRegistry registry = streams;
    if (registry != null) {
      registry.addRequiringLeader(stream);
    }
  }

  /** Does nothing for a stream that has not been added. */
  void remove(StreamRegistry.OpenStream stream) {
    StreamRegistry registry = streams;
    if (registry != null) {
      registry.remove(stream);
    }
  }
}
