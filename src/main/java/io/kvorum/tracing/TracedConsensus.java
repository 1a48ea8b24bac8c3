package io.kvorum.tracing;

import io.kvorum.consensus.Consensus;
import io.kvorum.consensus.ConsensusStatus;
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
final class TracedConsensus implements Consensus {
  private final Consensus consensus;
  private final Tracer tracer;

  TracedConsensus(Consensus consensus, Tracer tracer) {
    this.consensus = consensus;
    this.tracer = tracer;
  }

  @Override
  public CompletableFuture<Result> propose(Command command) {
    if (!Span.current().isRecording()) {
      return consensus.propose(command);
    }
    Command proposed = command instanceof Command.Stamped stamped ? stamped.command() : command;
    Span span = tracer.spanBuilder("propose and apply").startSpan();
    span.setAttribute("kvorum.command", proposed.getClass().getSimpleName());
    return ended(span, consensus.propose(command));
  }

  @Override
  public CompletableFuture<Void> readIndex() {
    if (!Span.current().isRecording()) {
      return consensus.readIndex();
    }
    CompletableFuture<Void> barrier = consensus.readIndex();
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

  @Override
  public CompletableFuture<Void> transferLeadership(long memberId) {
    return consensus.transferLeadership(memberId);
  }

  @Override
  public boolean isInSync(long memberId) {
    return consensus.isInSync(memberId);
  }

  @Override
  public boolean isVoter(long memberId) {
    return consensus.isVoter(memberId);
  }

  @Override
  public ConsensusStatus status() {
    return consensus.status();
  }

  @Override
  public void start() {
    consensus.start();
  }

  @Override
  public void close() {
    consensus.close();
  }
}
