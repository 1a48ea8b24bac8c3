package io.kvorum.consensus;

/**
 * Carries messages to the other members: in the order in which they were sent while a connection
 * lasts, and possibly not at all. Thread-safe; never blocks.
 */
public interface PeerTransport {

  /** For a member without peers. */
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
   * Bounds the messages of a member that wait to be taken: while too many bytes wait, no more is
   * read from it. Called by any thread; does not block.
   */
  interface Credit {
    Credit UNLIMITED = bytes -> {};

    /** A message of that size was taken. */
    void taken(int bytes);
  }

  /** Receives messages and changes of connections. Called by any thread; does not block. */
  interface Receiver {
    /** A message without credit. */
    default void received(long senderId, PeerMessage message) {
      received(senderId, message, 0, Credit.UNLIMITED);
    }

    /**
     * A message of another member of this cluster, whose identity has been checked.
     *
     * @param bytes its encoded size, to be given back to the credit when the message is taken from
     *     where it waits
     */
    void received(long senderId, PeerMessage message, int bytes, Credit credit);

    /** A connection to the member is open, after it or the network was down. */
    void connected(long memberId);

    /** The connection to the member broke: what was sent last may be lost. */
    void disconnected(long memberId);
  }

  /**
   * Sends a message, or queues it.
   *
   * @return false if the message was dropped: no connection, or too many bytes wait for it
   */
  boolean send(long memberId, PeerMessage message);

  /** False if it is known that no message reaches the member now. */
  boolean isReachable(long memberId);

  /** Delivers what arrives from now on to this receiver. */
  void deliverTo(Receiver receiver);
}
