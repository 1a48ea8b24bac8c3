package io.kvorum.wire;

import com.google.protobuf.Message;
import io.kvorum.meter.OutcomeHistograms;
import io.kvorum.model.KeyValue;
import io.kvorum.model.Result;
import io.kvorum.proto.etcdserverpb.RequestOp;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import io.kvorum.proto.v3electionpb.CampaignRequest;
import io.kvorum.proto.v3lockpb.LockRequest;
import io.kvorum.service.Caller;
import io.kvorum.service.Journal;
import io.kvorum.support.LogEvent;
import io.kvorum.support.RareLog;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Measures the calls with one answer, by the kind of their request, and warns of slow ones, without
 * keys and values. Those that wait for a turn are not measured: waiting is what they are for.
 * Thread-safe; a call costs two looks at the clock and one small object.
 *
 * <p>Held by: CallTimesTest.
 */
public final class CallTimes implements Journal {
  private final long slowNanos;
  private final RareLog log;
  private final LongSupplier nanoTime;
  private final Clock clock;

  /** By the class of the request, since a key made for each call would cost more than the rest. */
  private final Map<Class<?>, OutcomeHistograms> byKind = new ConcurrentHashMap<>();

  /** Stands for the class of those transactions that only read. */
  private interface ReadonlyTxn {}

  /**
   * @param limit of how long a call may take before it is slow
   * @param clock the time that lines carry
   */
  public CallTimes(Duration limit, RareLog log, LongSupplier nanoTime, Clock clock) {
    this.slowNanos = limit.toNanos();
    this.log = log;
    this.nanoTime = nanoTime;
    this.clock = clock;
  }

  @Override
  public Journal ofStreams() {
    return NONE;
  }

  @Override
  public Entry begin(Caller caller, Object request, Journal.Kind kind) {
    if (kind != Journal.Kind.ANSWER
        || request instanceof LockRequest
        || request instanceof CampaignRequest) {
      return Entry.NONE;
    }
    return new Timed(this, caller, (Message) request, nanoTime.getAsLong());
  }

  private record Timed(CallTimes times, Caller caller, Message request, long startNanos)
      implements Entry {
    @Override
    public void ended(@Nullable Object result, @Nullable Throwable failure) {
      times.record(this, result, failure == null);
    }
  }

  private void record(Timed call, @Nullable Object result, boolean isSuccess) {
    long nanos = nanoTime.getAsLong() - call.startNanos();
    outcomes(call.request()).record(isSuccess, nanos);
    if (nanos > slowNanos) {
      Instant start = clock.instant().minusNanos(nanos);
      log.warning(() -> event(call, start, nanos, result));
    }
  }

  private OutcomeHistograms outcomes(Message request) {
    boolean readsOnly = request instanceof TxnRequest txn && readsOnly(txn);
    Class<?> kind = readsOnly ? ReadonlyTxn.class : request.getClass();
    OutcomeHistograms known = byKind.get(kind);
    return known != null
        ? known
        : byKind.computeIfAbsent(
            kind, absent -> OutcomeHistograms.ofRequests(nameOf(request, readsOnly)));
  }

  private static boolean readsOnly(TxnRequest txn) {
    return readsOnly(txn.getSuccessList()) && readsOnly(txn.getFailureList());
  }

  private static boolean readsOnly(List<RequestOp> operations) {
    for (RequestOp operation : operations) {
      if (!operation.hasRequestRange()
          && !(operation.hasRequestTxn() && readsOnly(operation.getRequestTxn()))) {
        return false;
      }
    }
    return true;
  }

  /** As etcd calls it. */
  private static String nameOf(Message request, boolean readsOnly) {
    String name = request.getDescriptorForType().getName();
    return readsOnly ? "ReadonlyTxn" : name.substring(0, name.length() - "Request".length());
  }

  private static LogEvent event(Timed call, Instant start, long nanos, @Nullable Object result) {
    Message request = call.request();
    return LogEvent.of(
        "request stats",
        "start time",
        start,
        "time spent",
        String.format(Locale.ROOT, "%.3fms", nanos / 1e6),
        "remote",
        AuditedCall.text(call.caller().address()),
        "response type",
        "/" + CallJournal.fullMethod(request, Journal.Kind.ANSWER),
        "request count",
        request instanceof TxnRequest txn ? operations(txn, result) : 1,
        "request size",
        request.getSerializedSize(),
        "response count",
        count(result),
        "response size",
        bytes(result));
  }

  private static int operations(TxnRequest txn, @Nullable Object result) {
    boolean hasSucceeded = result instanceof Result.Txn done && done.succeeded();
    return hasSucceeded ? txn.getSuccessCount() : txn.getFailureCount();
  }

  private static long count(@Nullable Object result) {
    if (result instanceof Result.Range range) {
      return range.count();
    }
    return result instanceof Result.DeleteRange deleted ? deleted.deleted() : 0;
  }

  /** Of keys and values. */
  private static long bytes(@Nullable Object result) {
    if (result instanceof Result.Range range) {
      return bytes(range.kvs());
    } else if (result instanceof Result.DeleteRange deleted) {
      return bytes(deleted.prevKvs());
    } else if (result instanceof Result.Txn txn) {
      return txn.responses().stream().mapToLong(CallTimes::bytes).sum();
    }
    return 0;
  }

  private static long bytes(List<KeyValue> kvs) {
    return kvs.stream().mapToLong(kv -> kv.key().length() + kv.value().length()).sum();
  }

  /** The durations so far, by etcd's names of kinds. */
  public Map<String, OutcomeHistograms.Snapshot> times() {
    return OutcomeHistograms.byKind(byKind.values());
  }
}
