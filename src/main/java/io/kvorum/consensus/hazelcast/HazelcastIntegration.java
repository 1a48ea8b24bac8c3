package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.CPGroupId;
import com.hazelcast.cp.CPMember;
import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.RaftIntegration;
import com.hazelcast.cp.internal.raft.impl.RaftNodeStatus;
import com.hazelcast.cp.internal.raft.impl.dto.AppendFailureResponse;
import com.hazelcast.cp.internal.raft.impl.dto.AppendRequest;
import com.hazelcast.cp.internal.raft.impl.dto.AppendSuccessResponse;
import com.hazelcast.cp.internal.raft.impl.dto.InstallSnapshot;
import com.hazelcast.cp.internal.raft.impl.dto.PreVoteRequest;
import com.hazelcast.cp.internal.raft.impl.dto.PreVoteResponse;
import com.hazelcast.cp.internal.raft.impl.dto.TriggerLeaderElection;
import com.hazelcast.cp.internal.raft.impl.dto.VoteRequest;
import com.hazelcast.cp.internal.raft.impl.dto.VoteResponse;
import com.hazelcast.cp.internal.raft.impl.task.LeaderElectionTimeoutTask;
import com.hazelcast.cp.internal.raft.impl.task.PreVoteTimeoutTask;
import com.hazelcast.logging.ILogger;
import com.hazelcast.spi.impl.InternalCompletableFuture;
import io.kvorum.consensus.PeerTransport;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What the Raft engine asks of its surroundings: threads, messages, the state machine. */
final class HazelcastIntegration implements RaftIntegration {
  /** What the engine hands back to its owner. */
  interface Callbacks {
    /** Applies a committed entry. */
    void apply(LogOperation operation, long index);

    /** The operation a new leader begins its term with. */
    LogOperation firstOfTerm();

    /** The state is at this snapshot already; throws if it is not. */
    void requireSnapshot(SnapshotMarker marker);

    SnapshotMarker snapshotAt(long index);
  }

  /** The operation of a query: it reads nothing, its turn is what counts. */
  static final Object BARRIER =
      new Object() {
        @Override
        public String toString() {
          return "read barrier";
        }
      };

  private final LoopRunner runner;
  private final LoopTasks tasks;
  private final ILogger logger;
  private final MemberEndpoint self;
  private final PeerTransport transport;
  private final Callbacks callbacks;
  private @Nullable Outbound outbound;

  HazelcastIntegration(
      LoopRunner runner,
      LoopTasks tasks,
      ILogger logger,
      MemberEndpoint self,
      PeerTransport transport,
      Callbacks callbacks) {
    this.runner = runner;
    this.tasks = tasks;
    this.logger = logger;
    this.self = self;
    this.transport = transport;
    this.callbacks = callbacks;
  }

  /** Where messages go: made once the engine is, and before it starts. */
  void sendThrough(Outbound messages) {
    outbound = messages;
  }

  private Outbound outbound() {
    Outbound messages = outbound;
    if (messages == null) {
      throw new IllegalStateException("the engine has not been started yet");
    }
    return messages;
  }

  /** One for all: the engine asks for one with each task that it makes. */
  @Override
  public ILogger getLogger(String name) {
    return logger;
  }

  @Override
  public boolean isReady() {
    return true;
  }

  @Override
  public boolean isReachable(RaftEndpoint endpoint) {
    return endpoint.equals(self) || transport.isReachable(((MemberEndpoint) endpoint).id());
  }

  @Override
  public boolean send(PreVoteRequest request, RaftEndpoint target) {
    return outbound().send(request, (MemberEndpoint) target);
  }

  @Override
  public boolean send(PreVoteResponse response, RaftEndpoint target) {
    return outbound().send(response, (MemberEndpoint) target);
  }

  @Override
  public boolean send(VoteRequest request, RaftEndpoint target) {
    return outbound().send(request, (MemberEndpoint) target);
  }

  @Override
  public boolean send(VoteResponse response, RaftEndpoint target) {
    return outbound().send(response, (MemberEndpoint) target);
  }

  @Override
  public boolean send(AppendRequest request, RaftEndpoint target) {
    return outbound().send(request, (MemberEndpoint) target);
  }

  @Override
  public boolean send(AppendSuccessResponse response, RaftEndpoint target) {
    return outbound().send(response, (MemberEndpoint) target);
  }

  @Override
  public boolean send(AppendFailureResponse response, RaftEndpoint target) {
    return outbound().send(response, (MemberEndpoint) target);
  }

  @Override
  public boolean send(InstallSnapshot request, RaftEndpoint target) {
    return outbound().send(request, (MemberEndpoint) target);
  }

  @Override
  public boolean send(TriggerLeaderElection request, RaftEndpoint target) {
    return outbound().send(request, (MemberEndpoint) target);
  }

  /** Called for an entry with its own index, for a query with the committed one. */
  @Override
  public Object runOperation(Object operation, long index) {
    if (operation != BARRIER) {
      callbacks.apply((LogOperation) operation, index);
    }
    return index;
  }

  @Override
  public Object takeSnapshot(long commitIndex) {
    return callbacks.snapshotAt(commitIndex);
  }

  @Override
  public void restoreSnapshot(Object operation, long commitIndex) {
    callbacks.requireSnapshot((SnapshotMarker) operation);
  }

  @Override
  public void execute(Runnable task) {
    if (runner.isRaftThread()) {
      task.run();
    } else {
      tasks.submit(task);
    }
  }

  /** The engine submits nothing but its flushes, which {@link GroupOfOne#flush} does sooner. */
  @Override
  public void submit(Runnable task) {}

  /**
   * Not everything: each pre-vote, and each election, would go on repeating itself beside those
   * that {@link ElectionClock} begins.
   */
  @Override
  public void schedule(Runnable task, long delay, TimeUnit timeUnit) {
    if (!(task instanceof PreVoteTimeoutTask || task instanceof LeaderElectionTimeoutTask)) {
      tasks.schedule(task, delay, timeUnit);
    }
  }

  @Override
  public InternalCompletableFuture<?> newCompletableFuture() {
    return new HazelcastFuture<>();
  }

  @Override
  public Object getAppendedEntryOnLeaderElection() {
    return callbacks.firstOfTerm();
  }

  @Override
  public boolean isLinearizableReadOptimizationEnabled() {
    return true;
  }

  /** Used by the engine for log lines only, which then show the endpoint. */
  @Override
  public @Nullable CPMember getCPMember(RaftEndpoint target) {
    return null;
  }

  @Override
  public void onNodeStatusChange(RaftNodeStatus status) {}

  @Override
  public void onGroupDestroyed(CPGroupId groupId) {
    throw new IllegalStateException("nobody asked to destroy the group " + groupId.getName());
  }
}
