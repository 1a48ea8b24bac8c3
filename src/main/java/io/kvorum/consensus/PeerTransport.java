package io.kvorum.consensus;

/**
 * Carries messages to the other members, in the order in which they were given as long as a
 * connection lasts. Thread-safe; never blocks.
 */
public interface PeerTransport {

  /** What a member without others stands on. */
  PeerTransport NONE =
      new PeerTransport() {
        @Override
        public boolean send(long memberId, PeerMessage message) {
          return false;
        }

        @Override
        public boolean isReachable(long memberId) {
          return false;
        }

        @Override
        public void deliverTo(Receiver receiver) {}
      };

  /**
   * How much of a member's messages may wait to be taken; while too much does, no more is read of
   * it. Called by any thread; does not block.
   */
  interface Credit {
    Credit UNLIMITED = bytes -> {};

    /** A message of that size waits no longer. */
    void taken(int bytes);
  }

  /** Hears of what arrives. Called by any thread; does not block. */
  interface Receiver {
    /** A message that is not bounded by anything. */
    default void received(long senderId, PeerMessage message) {
      received(senderId, message, 0, Credit.UNLIMITED);
    }

    /**
     * A message of another member of this cluster, whose identity has been checked.
     *
     * @param bytes its encoded size, to be given back to the credit when the message is taken from
     *     wherever it waits
     */
    void received(long senderId, PeerMessage message, int bytes, Credit credit);

    /** A way to the member is open: it, or the network, was away before. */
    void connected(long memberId);

    /** The way to the member broke: what was sent last may not have arrived. */
    void disconnected(long memberId);
  }

  /**
   * @return false if the message was dropped: no way to the member, or too many bytes wait for it
   */
  boolean send(long memberId, PeerMessage message);

  /** False if it is known that nothing gets through to the member now. */
  boolean isReachable(long memberId);

  /** Where messages go that arrive from now on. */
  void deliverTo(Receiver receiver);
}
