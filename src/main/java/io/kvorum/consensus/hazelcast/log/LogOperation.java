package io.kvorum.consensus.hazelcast.log;

import io.kvorum.consensus.WriteAheadLog;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The operation of an entry in Hazelcast's memory. While the entry is in flight it holds commands
 * and bytes, afterwards nothing: bytes that are needed later are read from the write-ahead log, so
 * that the thousands of entries between two snapshots take no memory.
 *
 * <p>Confined to the Raft thread. Held by: LogRecoveryTest, RaftConsensusTest.
 */
public final class LogOperation {
  private @Nullable List<EntryCodec.Part> parts;
  private byte @Nullable [] payload;

  private LogOperation(@Nullable List<EntryCodec.Part> parts, byte @Nullable [] payload) {
    this.parts = parts;
    this.payload = payload;
  }

  /** An operation that was made here: it need not be decoded to be applied. */
  public static LogOperation made(List<EntryCodec.Part> parts, byte[] payload) {
    return new LogOperation(parts, payload);
  }

  /** An operation that was received from the leader. */
  public static LogOperation received(byte[] payload) {
    return new LogOperation(null, payload);
  }

  /** An operation that is in the write-ahead log. */
  public static LogOperation stored() {
    return new LogOperation(null, null);
  }

  /** The commands, if they are still in memory. */
  public @Nullable List<EntryCodec.Part> partsAtHand() {
    return parts;
  }

  public byte @Nullable [] payloadAtHand() {
    return payload;
  }

  public byte[] payload(long index, WriteAheadLog log) throws IOException {
    byte[] atHand = payload;
    return atHand != null ? atHand : log.read(index).payload();
  }

  /** Releases the commands; the bytes stay, for a follower that does not have them yet. */
  public void releaseCommands() {
    parts = null;
  }

  /** Releases commands and bytes. */
  public void release() {
    parts = null;
    payload = null;
  }

  @Override
  public String toString() {
    return payload == null ? "operation in the log" : "operation of " + payload.length + " bytes";
  }
}
