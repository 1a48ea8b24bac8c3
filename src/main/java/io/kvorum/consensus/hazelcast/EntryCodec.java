package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.CommandCodec;
import io.kvorum.model.Command;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The payload of a log entry.
 *
 * <pre>
 * version | kind | committed index | body
 *    1    |  1   |        8        |  ...     bytes
 *
 * body of commands:  part*           part = origin (8) · sequence (8) · count (4) · length (4) · bytes
 * body of a group:   see GroupCodec
 * </pre>
 *
 * <p>The committed index is what the leader knew to be committed when it made the entry. Whoever
 * has the entry has all before it, so that it may apply up to there at a restart without asking
 * anyone; the engine's own log in memory, which is bounded, only needs what follows.
 *
 * <p>A change of the group says 0: every member makes its bytes anew, and {@link LogRecovery} looks
 * at the entry before.
 *
 * <p>Version 1, of members that had no others, has bare commands for a body.
 */
final class EntryCodec {
  private static final byte VERSION = 2;
  private static final byte VERSION_OF_ONE = 1;
  private static final byte NO_OP = 0;
  private static final byte COMMANDS = 1;
  private static final byte GROUP = 2;
  private static final int HEADER_BYTES = 2 + Long.BYTES;
  private static final int PART_BYTES = 2 * Long.BYTES + 2 * Integer.BYTES;

  private final CommandCodec commands;

  EntryCodec(CommandCodec commands) {
    this.commands = commands;
  }

  CommandCodec commands() {
    return commands;
  }

  /** An entry without parts is the one a new leader begins its term with. */
  byte[] encode(long committedIndex, List<EntryPart> parts) {
    int size = HEADER_BYTES;
    for (EntryPart part : parts) {
      size += PART_BYTES + part.encoded().length;
    }
    ByteBuffer buffer =
        ByteBuffer.allocate(size)
            .put(VERSION)
            .put(parts.isEmpty() ? NO_OP : COMMANDS)
            .putLong(committedIndex);
    for (EntryPart part : parts) {
      buffer.putLong(part.origin()).putLong(part.sequence()).putInt(part.count());
      buffer.putInt(part.encoded().length).put(part.encoded());
    }
    return buffer.array();
  }

  /** An entry that changes the group of voters. */
  byte[] encodeGroup(GroupChange change) {
    byte[] body = GroupCodec.encode(change);
    return ByteBuffer.allocate(HEADER_BYTES + body.length)
        .put(VERSION)
        .put(GROUP)
        .putLong(0)
        .put(body)
        .array();
  }

  /**
   * @throws IllegalArgumentException if this is no entry of a version that is known here
   */
  long committedIndex(byte[] payload) {
    return header(payload).getLong(2);
  }

  /**
   * @throws IllegalArgumentException if this is no entry of a version that is known here
   */
  boolean isGroup(byte[] payload) {
    return header(payload).get(1) == GROUP;
  }

  /**
   * @throws IllegalArgumentException if this is no entry that changes the group
   */
  GroupChange decodeGroup(byte[] payload) {
    if (!isGroup(payload)) {
      throw new IllegalArgumentException("an entry of commands is no change of the group");
    }
    byte[] body = new byte[payload.length - HEADER_BYTES];
    header(payload).get(HEADER_BYTES, body);
    return GroupCodec.decode(body);
  }

  /**
   * @throws IllegalArgumentException if this is no entry of commands
   */
  List<EntryPart> decode(byte[] payload) {
    ByteBuffer buffer = header(payload);
    byte version = buffer.get();
    byte kind = buffer.get();
    buffer.getLong();
    if (kind == NO_OP) {
      return List.of();
    }
    if (kind != COMMANDS) {
      throw new IllegalArgumentException("unknown kind " + kind + " of log entry");
    }
    return version == VERSION_OF_ONE ? bareCommands(buffer) : parts(buffer);
  }

  private List<EntryPart> bareCommands(ByteBuffer buffer) {
    byte[] body = new byte[buffer.remaining()];
    buffer.get(body);
    List<Command> decoded = commands.decode(body);
    return List.of(EntryPart.encoded(0, 0, decoded.size(), body));
  }

  private static List<EntryPart> parts(ByteBuffer buffer) {
    List<EntryPart> parts = new ArrayList<>();
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
        parts.add(EntryPart.encoded(origin, sequence, count, encoded));
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
    if (payload[0] != VERSION && payload[0] != VERSION_OF_ONE) {
      throw new IllegalArgumentException("unknown version " + payload[0] + " of log entry");
    }
    return ByteBuffer.wrap(payload);
  }
}
