package io.kvorum.service;

import java.time.Duration;

/** Knows which other members this one is connected to. Thread-safe; does not block. */
public interface Connectivity {

  /** A member without others. */
  Connectivity NONE = (memberId, atLeast) -> false;

  /**
   * Whether there is a connection to the member that has lasted at least that long; zero asks
   * whether there is one now. Not called for this member itself.
   */
  boolean isConnectedSince(long memberId, Duration atLeast);
}
