package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.CommandCodec;
import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.PeerTransport;

/**
 * Gives the batches of this member to the leader, which is another one. What may have got lost on
 * the way is sent again, and the leader takes it once.
 *
 * <p>Confined to the engine thread.
 */
final class Forwarding {
  private static final long NONE = Long.MAX_VALUE;

  private final PendingBatches own;
  private final CommandCodec codec;
  private final PeerTransport transport;

  /** The first batch that was given and could not be sent; what was given after it neither. */
  private long firstUnsent = NONE;

  Forwarding(PendingBatches own, CommandCodec codec, PeerTransport transport) {
    this.own = own;
    this.codec = codec;
    this.transport = transport;
  }

  /** Whether nothing more can be given to the leader before what was given has been sent. */
  boolean isHeldUp() {
    return firstUnsent != NONE;
  }

  /**
   * @return whether there was anything
   */
  boolean forwardNext(long leaderId, int term) {
    boolean busy = false;
    while (!isHeldUp() && own.hasNext()) {
      Batch batch = own.next();
      if (batch != null) {
        busy = true;
        own.given(batch, term);
        send(leaderId, term, batch);
      }
    }
    return busy;
  }

  /** Sends again what the leader of that term may not have got: all that is not answered. */
  void repeat(long leaderId, int term) {
    sendFrom(0, leaderId, term);
  }

  /** Goes on where the transport took nothing more. */
  void repeatIfUnsent(long leaderId, int term) {
    if (isHeldUp()) {
      sendFrom(firstUnsent, leaderId, term);
    }
  }

  private void sendFrom(long sequence, long leaderId, int term) {
    firstUnsent = NONE;
    for (Batch batch : own.givenIn(term, sequence)) {
      send(leaderId, term, batch);
      if (isHeldUp()) {
        return;
      }
    }
  }

  private void send(long leaderId, int term, Batch batch) {
    PeerMessage forward =
        new PeerMessage.Forward(
            term, own.origin(), batch.sequence(), batch.commands().size(), batch.encoded(codec));
    if (!transport.send(leaderId, forward)) {
      firstUnsent = batch.sequence();
    }
  }
}
