package io.kvorum.peer;

/** Whom others take this member for: its cluster and itself. */
public record PeerIdentity(long clusterId, long memberId) {
  /** Ids as people read them. */
  static String text(long id) {
    return Long.toHexString(id);
  }
}
