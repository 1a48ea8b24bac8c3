package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.LoopRunner;
import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.PeerTransport;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Queues what arrives from other members for the Raft thread, and gives a sender its credit back
 * when the message is taken. Any thread puts; the Raft thread takes.
 *
 * <p>Held by: ClusterSimulation.
 */
final class RaftInbox implements PeerTransport.Receiver {
  private static final int CHUNK = 1_024;

  enum Kind {
    MESSAGE,
    CONNECTED,
    DISCONNECTED
  }

  /**
   * A message of another member, or a change of the connection to it.
   *
   * @param message null if it is about the connection
   * @param bytes what its credit gets back when it is taken
   */
  record Item(
      Kind kind,
      long memberId,
      @Nullable PeerMessage message,
      int bytes,
      PeerTransport.Credit credit) {
    Item(Kind kind, long memberId) {
      this(kind, memberId, null, 0, PeerTransport.Credit.UNLIMITED);
    }
  }

  private final LoopRunner runner;
  private final MpscUnboundedAtomicArrayQueue<Item> items =
      new MpscUnboundedAtomicArrayQueue<>(CHUNK);

  RaftInbox(LoopRunner runner) {
    this.runner = runner;
  }

  @Override
  public void received(long senderId, PeerMessage message, int bytes, PeerTransport.Credit credit) {
    put(new Item(Kind.MESSAGE, senderId, message, bytes, credit));
  }

  @Override
  public void connected(long memberId) {
    put(new Item(Kind.CONNECTED, memberId));
  }

  @Override
  public void disconnected(long memberId) {
    put(new Item(Kind.DISCONNECTED, memberId));
  }

  private void put(Item item) {
    items.offer(item);
    runner.wake();
  }

  boolean isEmpty() {
    return items.isEmpty();
  }

  int size() {
    return items.size();
  }

  /** Takes the next item and returns its credit; null if there is none. */
  @Nullable Item poll() {
    Item item = items.poll();
    if (item != null && item.bytes() > 0) {
      item.credit().taken(item.bytes());
    }
    return item;
  }
}
