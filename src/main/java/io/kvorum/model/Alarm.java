package io.kvorum.model;

/**
 * A condition that a member has raised and that stays until somebody clears it.
 *
 * @param memberId the member that raised it
 */
public record Alarm(long memberId, Kind kind) {
  /** Why the alarm was raised. */
  public enum Kind {
    NOSPACE,
    CORRUPT
  }
}
