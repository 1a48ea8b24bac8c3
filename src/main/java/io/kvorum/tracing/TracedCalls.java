package io.kvorum.tracing;

import io.grpc.Status;
import io.kvorum.service.Caller;
import io.kvorum.service.Journal;
import io.kvorum.wire.CallJournal;
import io.kvorum.wire.ErrorTable;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes a span of each call with one answer, with the client's span as its parent, under the names
 * that OpenTelemetry gives gRPC's calls. Streams are not traced: they end when a client goes.
 * Thread-safe.
 *
 * <p>Held by: TraceExportTest.
 */
final class TracedCalls implements Journal {
  private static final String TRACE_PARENT = "traceparent";

  /** What is a fault of this member; the other codes say that the client asked for what is not. */
  private static final Set<Status.Code> FAULTS =
      Set.of(
          Status.Code.UNKNOWN,
          Status.Code.DEADLINE_EXCEEDED,
          Status.Code.UNIMPLEMENTED,
          Status.Code.INTERNAL,
          Status.Code.UNAVAILABLE,
          Status.Code.DATA_LOSS);

  private final Tracer tracer;

  TracedCalls(Tracer tracer) {
    this.tracer = tracer;
  }

  @Override
  public Journal ofStreams() {
    return NONE;
  }

  @Override
  public Entry begin(Caller caller, Object request, Kind kind) {
    if (kind != Kind.ANSWER) {
      return Entry.NONE;
    }
    String method = CallJournal.fullMethod(request, kind);
    SpanBuilder builder =
        tracer.spanBuilder(method).setSpanKind(SpanKind.SERVER).setParent(parentOf(caller));
    Span span = builder.startSpan();
    if (!span.isRecording()) {
      return Entry.NONE;
    }
    int slash = method.indexOf('/');
    span.setAttribute("rpc.system", "grpc");
    span.setAttribute("rpc.service", method.substring(0, slash));
    span.setAttribute("rpc.method", method.substring(slash + 1));
    span.setAttribute("kvorum.face", caller.face().name().toLowerCase(Locale.ROOT));
    if (caller.address() instanceof InetSocketAddress internet) {
      span.setAttribute("network.peer.address", internet.getHostString());
      span.setAttribute("network.peer.port", internet.getPort());
    }
    return new TracedCall(span);
  }

  private static Context parentOf(Caller caller) {
    String carried = caller.traceParent();
    return carried == null
        ? Context.root()
        : W3CTraceContextPropagator.getInstance()
            .extract(Context.root(), carried, Carried.INSTANCE);
  }

  /** Reads the one header. */
  private enum Carried implements TextMapGetter<String> {
    INSTANCE;

    @Override
    public Iterable<String> keys(String traceParent) {
      return List.of(TRACE_PARENT);
    }

    @Override
    public @Nullable String get(@Nullable String traceParent, String name) {
      return name.equals(TRACE_PARENT) ? traceParent : null;
    }
  }

  private record TracedCall(Span span) implements Entry {
    @Override
    @SuppressWarnings("MustBeClosedChecker") // by closing the scope
    public Scope enter() {
      return span.makeCurrent()::close;
    }

    @Override
    public void ended(@Nullable Object result, @Nullable Throwable failure) {
      Status status = failure == null ? Status.OK : ErrorTable.statusOf(failure);
      span.setAttribute("rpc.grpc.status_code", status.getCode().value());
      if (FAULTS.contains(status.getCode())) {
        span.setStatus(StatusCode.ERROR, status.getCode().name());
      }
      span.end();
    }
  }
}
