package io.kvorum.consensus.hazelcast;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Leadership that is to go to another member. Any thread; the work is the engine thread's. */
final class Handover {
  private final LoopTasks tasks;
  private final Supplier<@Nullable Replica> running;
  private final Set<CompletableFuture<Void>> pending = ConcurrentHashMap.newKeySet();
  private volatile boolean stopped;

  /**
   * @param running null if the engine does not run, or no more
   */
  Handover(LoopTasks tasks, Supplier<@Nullable Replica> running) {
    this.tasks = tasks;
    this.running = running;
  }

  /** As {@link io.kvorum.consensus.Consensus#transferLeadership} says. */
  CompletableFuture<Void> to(long memberId) {
    return submit((transfer, outcome) -> transfer.to(new MemberEndpoint(memberId), outcome));
  }

  /** To whoever is best fit for it, if this member has it. */
  CompletableFuture<Void> toTheBest() {
    return submit(LeadershipTransfer::toTheBest);
  }

  private CompletableFuture<Void> submit(
      BiConsumer<LeadershipTransfer, CompletableFuture<Void>> begin) {
    CompletableFuture<Void> outcome = new CompletableFuture<>();
    pending.add(outcome);
    var unused = outcome.whenComplete((nothing, refusal) -> pending.remove(outcome));
    tasks.submit(
        () -> {
          Replica current = running.get();
          if (current == null) {
            outcome.completeExceptionally(new RequestException(ErrorCode.STOPPED));
          } else {
            begin.accept(current.transfer(), outcome);
          }
        });
    if (stopped) {
      stop();
    }
    return outcome;
  }

  /** The engine thread does nothing any more. Any thread. */
  void stop() {
    stopped = true;
    RequestException reason = new RequestException(ErrorCode.STOPPED);
    for (CompletableFuture<Void> outcome : pending) {
      outcome.completeExceptionally(reason);
    }
  }
}
