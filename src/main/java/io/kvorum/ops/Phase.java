package io.kvorum.ops;

import java.util.Locale;

/**
 * Names what a member is doing, as its pages for operators report it.
 *
 * <p>Held by: MemberPagesTest.
 */
public enum Phase {
  /** It looks at its files, and asks the other members whether it belongs. */
  STARTING("the member is starting"),
  /** It replays its log, or waits for a snapshot. */
  RECOVERING("the member is recovering"),
  /** It takes part in the cluster. */
  SERVING(""),
  /** It hands its leadership over, and answers the last requests. */
  STOPPING("the member is stopping"),
  /** It does not belong to the cluster any more. */
  REMOVED("the member has been removed from the cluster");

  private final String reason;

  Phase(String reason) {
    this.reason = reason;
  }

  /** Why it is not ready for clients; empty if it may be. */
  String reason() {
    return reason;
  }

  /** The phase in metrics. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
