package io.kvorum.peer;

/** Identifies this member towards others: its cluster and itself. Immutable. */
public record PeerIdentity(long clusterId, long memberId) {
  /** Formats an id as log lines and tools show it: hexadecimal. */
  public static String text(long id) {
    return Long.toHexString(id);
  }
}
