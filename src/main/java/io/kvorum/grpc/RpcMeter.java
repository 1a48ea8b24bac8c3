package io.kvorum.grpc;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.kvorum.meter.Histogram;
import io.kvorum.wire.ErrorTable;
import io.kvorum.wire.JsonCalls;
import io.kvorum.wire.MethodCounters;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Counts calls and messages per method, those over JSON included; bytes and durations are those of
 * gRPC alone. Thread-safe; a call costs one small object and a few adders.
 *
 * <p>Methods that are not served are not counted, so that a client cannot fill the memory with
 * names.
 */
final class RpcMeter extends ServerStreamTracer.Factory {
  private static final ServerStreamTracer NOT_COUNTED = new ServerStreamTracer() {};

  private final JsonCalls json;
  private final boolean isExtensive;
  private volatile Map<String, Counters> countersByMethod = Map.of();

  /**
   * @param json counts the calls of the other face by the same counters
   * @param isExtensive whether the time is measured that calls take
   */
  RpcMeter(JsonCalls json, boolean isExtensive) {
    this.json = json;
    this.isExtensive = isExtensive;
  }

  /**
   * Begins to count.
   *
   * @param methods every method that is served
   */
  void count(Iterable<MethodDescriptor<?, ?>> methods) {
    Map<String, Counters> counters = new HashMap<>();
    for (MethodDescriptor<?, ?> method : methods) {
      String name = method.getFullMethodName();
      counters.put(name, new Counters(method, json.counters(name), isExtensive));
    }
    countersByMethod = counters;
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
    Counters counters = countersByMethod.get(fullMethodName);
    if (counters == null) {
      return NOT_COUNTED;
    }
    counters.calls.begin();
    return new Tracer(counters);
  }

  List<RpcStats> stats() {
    List<RpcStats> stats = new ArrayList<>(countersByMethod.size());
    countersByMethod.values().forEach(counters -> stats.add(counters.stats()));
    stats.sort(Comparator.comparing(RpcStats::service).thenComparing(RpcStats::method));
    return stats;
  }

  private static final class Counters {
    private final MethodDescriptor<?, ?> method;
    private final MethodCounters calls;
    private final LongAdder bytesReceived = new LongAdder();
    private final LongAdder bytesSent = new LongAdder();
    private final @Nullable Histogram handling;

    Counters(MethodDescriptor<?, ?> method, MethodCounters calls, boolean isTimed) {
      this.method = method;
      this.calls = calls;
      this.handling = isTimed ? Histogram.ofHandling() : null;
    }

    RpcStats stats() {
      @Nullable String service = method.getServiceName();
      @Nullable String name = method.getBareMethodName();
      return new RpcStats(
          service == null ? "" : service,
          name == null ? "" : name,
          method.getType(),
          calls.started(),
          calls.handledByCode(),
          calls.messagesReceived(),
          calls.messagesSent(),
          bytesReceived.sum(),
          bytesSent.sum(),
          Optional.ofNullable(handling).map(Histogram::snapshot));
    }
  }

  private static final class Tracer extends ServerStreamTracer {
    private final Counters counters;
    private final long startNanos;

    Tracer(Counters counters) {
      this.counters = counters;
      this.startNanos = counters.handling == null ? 0 : System.nanoTime();
    }

    @Override
    public void streamClosed(Status status) {
      Histogram handling = counters.handling;
      if (handling != null) {
        handling.record(System.nanoTime() - startNanos);
      }
      counters.calls.end(codeOf(status));
    }

    /**
     * The transport reports that a connection broke as UNAVAILABLE. For the call that is a
     * cancellation, and etcd counts it as one; unavailable is what this member says of itself.
     */
    private static Status.Code codeOf(Status status) {
      return status.getCode() == Status.Code.UNAVAILABLE && !ErrorTable.contains(status)
          ? Status.Code.CANCELLED
          : status.getCode();
    }

    @Override
    public void inboundMessageRead(int sequence, long wireBytes, long messageBytes) {
      counters.calls.receive();
    }

    @Override
    public void outboundMessage(int sequence) {
      counters.calls.send();
    }

    @Override
    public void inboundUncompressedSize(long bytes) {
      counters.bytesReceived.add(bytes);
    }

    @Override
    public void outboundUncompressedSize(long bytes) {
      counters.bytesSent.add(bytes);
    }
  }
}
