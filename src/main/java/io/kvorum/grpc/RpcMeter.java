package io.kvorum.grpc;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.kvorum.meter.Histogram;
import io.kvorum.wire.ErrorTable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Counts calls and messages per method. Thread-safe; a call costs one small object and a few
 * adders.
 *
 * <p>Methods that are not served are not counted, so that a client cannot fill the memory with
 * names.
 */
final class RpcMeter extends ServerStreamTracer.Factory {
  private static final ServerStreamTracer NOT_COUNTED = new ServerStreamTracer() {};

  private final boolean isExtensive;
  private volatile Map<String, Counters> countersByMethod = Map.of();

  /**
   * @param isExtensive whether the time is measured that calls take
   */
  RpcMeter(boolean isExtensive) {
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
      counters.put(method.getFullMethodName(), new Counters(method, isExtensive));
    }
    countersByMethod = counters;
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
    Counters counters = countersByMethod.get(fullMethodName);
    if (counters == null) {
      return NOT_COUNTED;
    }
    counters.started.increment();
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
    private final LongAdder started = new LongAdder();
    private final LongAdder[] handled = new LongAdder[Status.Code.values().length];
    private final LongAdder messagesReceived = new LongAdder();
    private final LongAdder messagesSent = new LongAdder();
    private final LongAdder bytesReceived = new LongAdder();
    private final LongAdder bytesSent = new LongAdder();
    private final @Nullable Histogram handling;

    Counters(MethodDescriptor<?, ?> method, boolean isTimed) {
      this.method = method;
      this.handling = isTimed ? Histogram.ofHandling() : null;
      for (int i = 0; i < handled.length; i++) {
        handled[i] = new LongAdder();
      }
    }

    RpcStats stats() {
      Map<Status.Code, Long> handledByCode = new HashMap<>();
      for (Status.Code code : Status.Code.values()) {
        long count = handled[code.ordinal()].sum();
        if (count > 0) {
          handledByCode.put(code, count);
        }
      }
      @Nullable String service = method.getServiceName();
      @Nullable String name = method.getBareMethodName();
      return new RpcStats(
          service == null ? "" : service,
          name == null ? "" : name,
          method.getType(),
          started.sum(),
          handledByCode,
          messagesReceived.sum(),
          messagesSent.sum(),
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
      counters.handled[codeOf(status).ordinal()].increment();
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
      counters.messagesReceived.increment();
    }

    @Override
    public void outboundMessage(int sequence) {
      counters.messagesSent.increment();
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
