package io.kvorum.consensus.hazelcast;

/** Carries the engine's messages to other members. Must not block. */
interface PeerTransport {

  /** There is no other member, so that a message to one is a bug. */
  PeerTransport NONE =
      (message, target) -> {
        throw new IllegalStateException("no way to member " + target + " for " + message);
      };

  /**
   * @param message one of the engine's protocol messages
   * @return false if it was dropped
   */
  boolean send(Object message, MemberEndpoint target);

  default boolean isReachable(MemberEndpoint target) {
    return true;
  }
}
