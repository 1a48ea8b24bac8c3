package io.kvorum.model;

/**
 * A condition that a member has activated, and that lasts until a client deactivates it.
 *
 * @param memberId the member that activated it
 */
public record Alarm(long memberId, Kind kind) {
  /** The condition. */
  public enum Kind {
    NOSPACE,
    CORRUPT
  }
}
