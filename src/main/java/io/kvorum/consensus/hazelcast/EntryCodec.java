package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.CommandCodec;
import io.kvorum.model.Command;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The payload of a log entry.
 *
 * <pre>
 * version | kind | committed index | commands
 *    1    |  1   |        8        |   ...      bytes
 * </pre>
 *
 * <p>The committed index is what the leader knew to be committed when it made the entry. Whoever
 * has the entry has all before it, so that it may apply up to there at a restart without asking
 * anyone; the engine's own log in memory, which is bounded, only needs what follows.
 */
final class EntryCodec {
  private static final byte VERSION = 1;
  private static final byte NO_OP = 0;
  private static final byte COMMANDS = 1;
  private static final int HEADER_BYTES = 2 + Long.BYTES;

  private final CommandCodec commands;

  EntryCodec(CommandCodec commands) {
    this.commands = commands;
  }

  /** An entry without commands is the one a new leader begins its term with. */
  byte[] encode(long committedIndex, List<Command> batch) {
    byte[] body = batch.isEmpty() ? new byte[0] : commands.encode(batch);
    return ByteBuffer.allocate(HEADER_BYTES + body.length)
        .put(VERSION)
        .put(batch.isEmpty() ? NO_OP : COMMANDS)
        .putLong(committedIndex)
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
  List<Command> decode(byte[] payload) {
    ByteBuffer buffer = header(payload);
    byte kind = buffer.get(1);
    if (kind == NO_OP) {
      return List.of();
    }
    if (kind != COMMANDS) {
      throw new IllegalArgumentException("unknown kind " + kind + " of log entry");
    }
    byte[] body = new byte[payload.length - HEADER_BYTES];
    buffer.get(HEADER_BYTES, body);
    return commands.decode(body);
  }

  private static ByteBuffer header(byte[] payload) {
    if (payload.length < HEADER_BYTES) {
      throw new IllegalArgumentException(
          "a log entry of " + payload.length + " bytes is cut short");
    }
    if (payload[0] != VERSION) {
      throw new IllegalArgumentException("unknown version " + payload[0] + " of log entry");
    }
    return ByteBuffer.wrap(payload);
  }
}
