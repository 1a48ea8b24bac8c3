package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.WriteAheadLog;
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
  private @Nullable List<EntryPart> parts;
  private byte @Nullable [] payload;

  private LogOperation(@Nullable List<EntryPart> parts, byte @Nullable [] payload) {
    this.parts = parts;
    this.payload = payload;
  }

  /** An operation that was made here: it need not be decoded to be applied. */
  static LogOperation made(List<EntryPart> parts, byte[] payload) {
    return new LogOperation(parts, payload);
  }

  /** An operation that came from the leader. */
  static LogOperation received(byte[] payload) {
    return new LogOperation(null, payload);
  }

  /** An operation that is in the write-ahead log. */
  static LogOperation stored() {
    return new LogOperation(null, null);
  }

  /** The commands, if they are still at hand. */
  @Nullable List<EntryPart> partsAtHand() {
    return parts;
  }

  byte @Nullable [] payloadAtHand() {
    return payload;
  }

  byte[] payload(long index, WriteAheadLog log) throws IOException {
    byte[] atHand = payload;
    return atHand != null ? atHand : log.read(index).payload();
  }

  /** Lets go of the commands; the bytes stay, for a follower that has not got them yet. */
  void releaseCommands() {
    parts = null;
  }

  /** Lets go of commands and bytes. */
  void release() {
    parts = null;
    payload = null;
  }

  @Override
  public String toString() {
    return payload == null ? "operation in the log" : "operation of " + payload.length + " bytes";
  }
}
