package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.CommandCodec;
import io.kvorum.model.Command;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The commands of one batch within a log entry, and who waits for their results.
 *
 * <p>Confined to the engine thread.
 */
final class EntryPart {
  private final long origin;
  private final long sequence;
  private final int count;
  private final byte[] encoded;
  private @Nullable List<Command> atHand;

  private EntryPart(
      long origin, long sequence, int count, byte[] encoded, @Nullable List<Command> atHand) {
    this.origin = origin;
    this.sequence = sequence;
    this.count = count;
    this.encoded = encoded;
    this.atHand = atHand;
  }

  /** A batch of this member: it need not be decoded to be applied. */
  static EntryPart of(long origin, Batch batch, CommandCodec codec) {
    List<Command> commands = batch.commands();
    return new EntryPart(origin, batch.sequence(), commands.size(), batch.encoded(codec), commands);
  }

  /** A batch that came as bytes. */
  static EntryPart encoded(long origin, long sequence, int count, byte[] encoded) {
    return new EntryPart(origin, sequence, count, encoded, null);
  }

  /** The life of a member that proposed the batch; see {@link PendingBatches#origin}. */
  long origin() {
    return origin;
  }

  long sequence() {
    return sequence;
  }

  int count() {
    return count;
  }

  byte[] encoded() {
    return encoded;
  }

  /**
   * @throws IllegalArgumentException if the bytes are no such batch
   */
  List<Command> commands(CommandCodec codec) {
    List<Command> commands = atHand;
    if (commands == null) {
      commands = codec.decode(encoded);
      if (commands.size() != count) {
        throw new IllegalArgumentException(
            "a batch of " + commands.size() + " commands should have " + count);
      }
      atHand = commands;
    }
    return commands;
  }
}
