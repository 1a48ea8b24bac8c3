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
  private final OwnBatches own;
  private final CommandCodec codec;
  private final PeerTransport transport;

  /** Whether something that was given could not be sent. */
  private boolean hasUnsent;

  Forwarding(OwnBatches own, CommandCodec codec, PeerTransport transport) {
    this.own = own;
    this.codec = codec;
    this.transport = transport;
  }

  /** Whether nothing more can be given to the leader before what was given has been sent. */
  boolean isHeldUp() {
    return hasUnsent;
  }

  /**
   * @return whether there was anything
   */
  boolean forwardNext(long leaderId, int term) {
    boolean busy = false;
    while (!hasUnsent && own.hasNext()) {
      Batch batch = own.next();
      if (batch != null) {
        busy = true;
        own.given(batch, term);
        send(leaderId, term, batch);
      }
    }
    return busy;
  }

  /** Sends again what the leader of that term may not have got. */
  void repeat(long leaderId, int term) {
    hasUnsent = false;
    for (Batch batch : own.givenIn(term)) {
      send(leaderId, term, batch);
    }
  }

  void repeatIfUnsent(long leaderId, int term) {
    if (hasUnsent) {
      repeat(leaderId, term);
    }
  }

  private void send(long leaderId, int term, Batch batch) {
    byte[] commands = codec.encode(batch.commands());
    boolean sent =
        transport.send(
            leaderId,
            new PeerMessage.Forward(
                term, own.origin(), batch.sequence(), batch.commands().size(), commands));
    hasUnsent |= !sent;
  }
}
