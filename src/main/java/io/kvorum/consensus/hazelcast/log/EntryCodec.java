package io.kvorum.consensus.hazelcast.log;

import io.kvorum.consensus.CommandCodec;
import io.kvorum.model.Command;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Encodes and decodes the payload of a log entry.
 *
 * <pre>
 * version | kind | committed index | body
 *    1    |  1   |        8        |  ...     bytes
 *
 * kind 0, start of a term:  no body
 * kind 1, commands:         part*     part = origin (8) · sequence (8) · count (4) · length (4) · bytes
 * kind 2, voters:           see VoterGroup
 * </pre>
 *
 * <p>The committed index is what the leader knew to be committed when it made the entry. A member
 * that has the entry has all entries before it, so at a restart it applies up to that index without
 * asking anyone; Hazelcast's log in memory, which is bounded, needs only what follows.
 *
 * <p>A change of the voters says 0: every member encodes it on its own, and {@link LogRecovery}
 * reads the entry before it instead.
 *
 * <p>Version 1, of members that had no peers, has bare commands for a body.
 *
 * <p>Stateless. Held by: EntryCodecTest.
 */
public final class EntryCodec {
  private static final byte VERSION = 2;
  private static final byte VERSION_WITHOUT_PEERS = 1;
  private static final byte START_OF_TERM = 0;
  private static final byte COMMANDS = 1;
  private static final byte VOTERS = 2;
  private static final int HEADER_BYTES = 2 + Long.BYTES;
  private static final int PART_BYTES = 2 * Long.BYTES + 2 * Integer.BYTES;

  /**
   * The commands of one batch within a log entry, and the batch that waits for their results.
   *
   * <p>Confined to the Raft thread.
   */
  public static final class Part {
    private final long origin;
    private final long sequence;
    private final int count;
    private final byte[] encoded;
    private @Nullable List<Command> atHand;

    private Part(
        long origin, long sequence, int count, byte[] encoded, @Nullable List<Command> atHand) {
      this.origin = origin;
      this.sequence = sequence;
      this.count = count;
      this.encoded = encoded;
      this.atHand = atHand;
    }

    /** A batch of this member: it need not be decoded to be applied. */
    public static Part of(long origin, long sequence, List<Command> commands, byte[] encoded) {
      return new Part(origin, sequence, commands.size(), encoded, commands);
    }

    /** A batch that arrived as bytes. */
    public static Part encoded(long origin, long sequence, int count, byte[] encoded) {
      return new Part(origin, sequence, count, encoded, null);
    }

    /** The life of a member that proposed the batch; see {@code PendingBatches.origin}. */
    public long origin() {
      return origin;
    }

    /** The number of the batch in that life. */
    public long sequence() {
      return sequence;
    }

    public int count() {
      return count;
    }

    public byte[] encoded() {
      return encoded;
    }

    /**
     * The commands, decoded if they are not in memory.
     *
     * @throws IllegalArgumentException if the bytes are not a batch of {@link #count} commands
     */
    public List<Command> commands(CommandCodec codec) {
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

  private final CommandCodec commands;

  public EntryCodec(CommandCodec commands) {
    this.commands = commands;
  }

  public CommandCodec commands() {
    return commands;
  }

  /** An entry without parts is the one that a new leader begins its term with. */
  public byte[] encode(long committedIndex, List<Part> parts) {
    int size = HEADER_BYTES;
    for (Part part : parts) {
      size += PART_BYTES + part.encoded().length;
    }
    ByteBuffer buffer =
        ByteBuffer.allocate(size)
            .put(VERSION)
            .put(parts.isEmpty() ? START_OF_TERM : COMMANDS)
            .putLong(committedIndex);
    for (Part part : parts) {
      buffer.putLong(part.origin()).putLong(part.sequence()).putInt(part.count());
      buffer.putInt(part.encoded().length).put(part.encoded());
    }
    return buffer.array();
  }

  /** An entry that changes the voters. */
  public byte[] encodeVoters(VoterGroup.Change change) {
    byte[] body = change.encode();
    return ByteBuffer.allocate(HEADER_BYTES + body.length)
        .put(VERSION)
        .put(VOTERS)
        .putLong(0)
        .put(body)
        .array();
  }

  /**
   * What the leader that made the entry knew to be committed.
   *
   * @throws IllegalArgumentException if this is not an entry of a known version
   */
  public long committedIndex(byte[] payload) {
    return header(payload).getLong(2);
  }

  /**
   * Whether the entry changes the voters.
   *
   * @throws IllegalArgumentException if this is not an entry of a known version
   */
  public boolean isVoters(byte[] payload) {
    return header(payload).get(1) == VOTERS;
  }

  /**
   * Decodes a change of the voters.
   *
   * @throws IllegalArgumentException if this is not an entry that changes the voters
   */
  public VoterGroup.Change decodeVoters(byte[] payload) {
    if (!isVoters(payload)) {
      throw new IllegalArgumentException("an entry of commands does not change the voters");
    }
    byte[] body = new byte[payload.length - HEADER_BYTES];
    header(payload).get(HEADER_BYTES, body);
    return VoterGroup.Change.decode(body);
  }

  /**
   * Decodes the parts, not yet their commands; none for the entry that begins a term.
   *
   * @throws IllegalArgumentException if this is not an entry of commands
   */
  public List<Part> decode(byte[] payload) {
    ByteBuffer buffer = header(payload);
    byte version = buffer.get();
    byte kind = buffer.get();
    buffer.getLong();
    if (kind == START_OF_TERM) {
      return List.of();
    }
    if (kind != COMMANDS) {
      throw new IllegalArgumentException("unknown kind " + kind + " of log entry");
    }
    return version == VERSION_WITHOUT_PEERS ? bareCommands(buffer) : parts(buffer);
  }

  private List<Part> bareCommands(ByteBuffer buffer) {
    byte[] body = new byte[buffer.remaining()];
    buffer.get(body);
    return List.of(Part.encoded(0, 0, commands.decode(body).size(), body));
  }

  private static List<Part> parts(ByteBuffer buffer) {
    List<Part> parts = new ArrayList<>();
    try {
      while (buffer.hasRemaining()) {
        long origin = buffer.getLong();
        long sequence = buffer.getLong();
        int count = buffer.getInt();
        int length = buffer.getInt();
        if (length < 0 || length > buffer.remaining()) {
          throw new IllegalArgumentException("a batch of " + length + " bytes does not fit");
        }
        byte[] encoded = new byte[length];
        buffer.get(encoded);
        parts.add(Part.encoded(origin, sequence, count, encoded));
      }
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("a log entry is cut short", e);
    }
    return parts;
  }

  private static ByteBuffer header(byte[] payload) {
    if (payload.length < HEADER_BYTES) {
      throw new IllegalArgumentException(
          "a log entry of " + payload.length + " bytes is cut short");
    }
    if (payload[0] != VERSION && payload[0] != VERSION_WITHOUT_PEERS) {
      throw new IllegalArgumentException("unknown version " + payload[0] + " of log entry");
    }
    return ByteBuffer.wrap(payload);
  }
}
