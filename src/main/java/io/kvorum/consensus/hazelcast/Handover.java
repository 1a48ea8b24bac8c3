package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import io.kvorum.consensus.PeerTransport;
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
  private final EngineTasks tasks;
  private final LeadershipWatch leadership;
  private final PeerTransport transport;
  private final Supplier<@Nullable Replica> running;
  private final Set<CompletableFuture<Void>> pending = ConcurrentHashMap.newKeySet();
  private volatile boolean stopped;

  /**
   * @param running null if the engine does not run, or no more
   */
  Handover(
      EngineTasks tasks,
      LeadershipWatch leadership,
      PeerTransport transport,
      Supplier<@Nullable Replica> running) {
    this.tasks = tasks;
    this.leadership = leadership;
    this.transport = transport;
    this.running = running;
  }

  /** As {@link io.kvorum.consensus.Consensus#transferLeadership} says. */
  CompletableFuture<Void> to(long memberId) {
    return submit(
        (current, outcome) ->
            leadership.transfer(current.node(), new MemberEndpoint(memberId), outcome));
  }

  /** To whoever is best fit for it, if this member has it. */
  CompletableFuture<Void> toTheBest() {
    return submit(
        (current, outcome) -> {
          RaftEndpoint successor =
              current.leads() ? GroupKeeper.mostAdvanced(current.node(), transport) : null;
          if (successor == null) {
            outcome.complete(null);
          } else {
            leadership.transfer(current.node(), (MemberEndpoint) successor, outcome);
          }
        });
  }

  private CompletableFuture<Void> submit(BiConsumer<Replica, CompletableFuture<Void>> transfer) {
    CompletableFuture<Void> outcome = new CompletableFuture<>();
    pending.add(outcome);
    var unused = outcome.whenComplete((nothing, refusal) -> pending.remove(outcome));
    tasks.submit(
        () -> {
          Replica current = running.get();
          if (current == null) {
            outcome.completeExceptionally(new RequestException(ErrorCode.STOPPED));
          } else {
            transfer.accept(current, outcome);
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
