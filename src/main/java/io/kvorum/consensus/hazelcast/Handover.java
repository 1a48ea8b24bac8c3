package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import io.kvorum.consensus.PeerTransport;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Leadership that is to go to another member. Any thread; the work is the engine thread's. */
final class Handover {
  private final EngineTasks tasks;
  private final LeadershipWatch leadership;
  private final PeerTransport transport;
  private final Supplier<@Nullable Replica> running;

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
    CompletableFuture<Void> transferred = new CompletableFuture<>();
    tasks.submit(
        () -> {
          Replica current = running.get();
          if (current == null) {
            transferred.completeExceptionally(new RequestException(ErrorCode.STOPPED));
          } else {
            leadership.transfer(current.node(), new MemberEndpoint(memberId), transferred);
          }
        });
    return transferred;
  }

  /** To whoever is best fit for it, if this member has it. */
  CompletableFuture<Void> toTheBest() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    tasks.submit(
        () -> {
          Replica current = running.get();
          RaftEndpoint successor =
              current == null || !current.leads()
                  ? null
                  : GroupKeeper.mostAdvanced(current.node(), transport);
          if (current == null || successor == null) {
            done.complete(null);
          } else {
            leadership.transfer(current.node(), (MemberEndpoint) successor, done);
          }
        });
    return done;
  }
}
