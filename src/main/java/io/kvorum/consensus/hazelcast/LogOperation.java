package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.model.Command;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an entry in the engine's memory holds: as long as it is on its way its commands and bytes,
 * afterwards nothing. Whoever needs the bytes later reads them from the write-ahead log, so that
 * thousands of entries that wait for a snapshot weigh nothing.
 *
 * <p>Confined to the engine thread.
 */
final class LogOperation {
  private @Nullable List<Command> commands;
  private byte @Nullable [] payload;

  private LogOperation(@Nullable List<Command> commands, byte @Nullable [] payload) {
    this.commands = commands;
    this.payload = payload;
  }

  /** An operation that was made here: it need not be decoded to be applied. */
  static LogOperation made(List<Command> commands, byte[] payload) {
    return new LogOperation(commands, payload);
  }

  /** An operation that is in the write-ahead log. */
  static LogOperation stored() {
    return new LogOperation(null, null);
  }

  /** The commands, if they are still at hand. */
  @Nullable List<Command> commandsAtHand() {
    return commands;
  }

  byte[] payload(long index, WriteAheadLog log) throws IOException {
    byte[] atHand = payload;
    return atHand != null ? atHand : log.read(index).payload();
  }

  /** Lets go of commands and bytes. */
  void release() {
    commands = null;
    payload = null;
  }

  @Override
  public String toString() {
    return payload == null ? "operation in the log" : "operation of " + payload.length + " bytes";
  }
}
