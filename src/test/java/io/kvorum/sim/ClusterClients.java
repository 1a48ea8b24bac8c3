package io.kvorum.sim;

import io.kvorum.consensus.Consensus;
import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The clients of a simulated cluster. A write is given the revision that it made, a read sees a
 * revision: so that reads and writes are linearizable if each gets more, or not less, than what
 * anybody had got before it began.
 */
final class ClusterClients {
  private final ClusterHistory history;
  private final ClientRecord record = new ClientRecord();
  private final Map<ErrorCode, Long> errors = new EnumMap<>(ErrorCode.class);
  private final List<AssertionError> violations = new ArrayList<>();
  private long newest;
  private long acknowledged;
  private long reads;

  ClusterClients(ClusterHistory history) {
    this.history = history;
  }

  ClientRecord.Call propose(ClusterMember.Life life, int valueBytes) {
    return propose(life, record.next(valueBytes));
  }

  /** Asks for a change of the members. */
  ClientRecord.Call propose(ClusterMember.Life life, Bytes value) {
    return propose(life, record.next(value));
  }

  private ClientRecord.Call propose(ClusterMember.Life life, ClientRecord.Call call) {
    life.stir();
    long floor = newest;
    life.asked();
    life.consensus()
        .propose(call.command())
        .whenComplete(
            (result, failure) -> {
              life.answered();
              if (life.crashPoint().hasCrashed()) {
                return;
              }
              if (result == null) {
                call.fail(codeOf(failure));
                return;
              }
              call.succeed(result);
              acknowledged++;
              Long revision = history.revisionOfCall().get(call.number());
              require(
                  revision != null && revision == result.revision() && revision > floor,
                  "call %d got revision %d, is at %s, and began after %d",
                  call.number(),
                  result.revision(),
                  revision,
                  floor);
              newest = Math.max(newest, result.revision());
            });
    return call;
  }

  /** A linearizable read. */
  void read(ClusterMember.Life life) {
    life.stir();
    long floor = newest;
    life.asked();
    Consensus consensus = life.consensus();
    consensus
        .confirmRead()
        .whenComplete(
            (nothing, failure) -> {
              life.answered();
              if (life.crashPoint().hasCrashed()) {
                return;
              }
              if (failure != null) {
                codeOf(failure);
                return;
              }
              reads++;
              long seen = life.state().recorded().revision();
              require(seen >= floor, "a read saw revision %d after %d", seen, floor);
              newest = Math.max(newest, seen);
            });
  }

  private void require(boolean holds, String message, @Nullable Object... values) {
    if (!holds) {
      violations.add(new AssertionError(message.formatted(values)));
    }
  }

  private ErrorCode codeOf(Throwable failure) {
    if (failure instanceof RequestException refusal) {
      errors.merge(refusal.code(), 1L, Long::sum);
      return refusal.code();
    }
    violations.add(new AssertionError("an answer that is no request exception", failure));
    return ErrorCode.STOPPED;
  }

  /** What was watched must hold so far. */
  void check() {
    if (!violations.isEmpty()) {
      throw violations.get(0);
    }
  }

  /** What was refused never happened. */
  void checkRefused() {
    for (ClientRecord.Call call : record.calls()) {
      boolean happened = history.revisionOfCall().containsKey(call.number());
      if (call.isWithoutEffect() && happened) {
        throw new AssertionError("call " + call.number() + " was refused, but happened");
      }
      if (call.isAcknowledged() && !happened) {
        throw new AssertionError("call " + call.number() + " was acknowledged, but is lost");
      }
    }
  }

  long acknowledged() {
    return acknowledged;
  }

  long reads() {
    return reads;
  }

  Map<ErrorCode, Long> errors() {
    return errors;
  }
}
