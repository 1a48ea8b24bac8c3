package io.kvorum.tracing;

import io.kvorum.consensus.Consensus;
import io.kvorum.consensus.ForwardingConsensus;
import io.kvorum.model.Command;
import io.kvorum.model.Result;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import java.util.concurrent.CompletableFuture;

/**
 * Makes spans of what traced calls ask of consensus: from the proposal of a command until it is
 * applied here, and the wait of a read for the leader. As thread-safe as the one behind it.
 *
 * <p>Held by: TraceExportTest.
 */
final class TracedConsensus extends ForwardingConsensus {
  private final Tracer tracer;

  TracedConsensus(Consensus consensus, Tracer tracer) {
    super(consensus);
    this.tracer = tracer;
  }

  @Override
  public CompletableFuture<Result> propose(Command command) {
    if (!Span.current().isRecording()) {
      return super.propose(command);
    }
    Command proposed = command instanceof Command.Stamped stamped ? stamped.command() : command;
    Span span = tracer.spanBuilder("propose and apply").startSpan();
    span.setAttribute("kvorum.command", proposed.getClass().getSimpleName());
    return ended(span, super.propose(command));
  }

  @Override
  public CompletableFuture<Void> readIndex() {
    if (!Span.current().isRecording()) {
      return super.readIndex();
    }
    CompletableFuture<Void> barrier = super.readIndex();
    return barrier.isDone()
        ? barrier
        : ended(tracer.spanBuilder("read index").startSpan(), barrier);
  }

  private static <R> CompletableFuture<R> ended(Span span, CompletableFuture<R> future) {
    future.whenComplete(
        (result, failure) -> {
          if (failure != null) {
            span.setStatus(StatusCode.ERROR);
          }
          span.end();
        });
    return future;
  }
}
