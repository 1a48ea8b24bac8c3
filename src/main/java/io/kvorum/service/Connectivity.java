package io.kvorum.service;

import java.time.Duration;

/** Which other members this one is connected to. Thread-safe; answers at once. */
public interface Connectivity {

  /** A member without others is connected to nobody. */
  Connectivity NONE = (memberId, atLeast) -> false;

  /**
   * Whether there is a way to the member now that has not broken for at least that long; zero asks
   * about now alone. Not asked about this member itself.
   */
  boolean isConnectedSince(long memberId, Duration atLeast);
}
