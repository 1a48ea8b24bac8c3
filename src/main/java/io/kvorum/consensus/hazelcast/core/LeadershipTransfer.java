package io.kvorum.consensus.hazelcast.core;

import io.kvorum.consensus.LoopRunner;
import io.kvorum.consensus.PeerTransport;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.support.Log;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Transfers leadership to another voter (thesis §3.10). From the moment a transfer begins, the log
 * takes no new entries: proposals wait, and go to the next leader. As soon as everything is
 * committed and the successor is known to have it, the successor is asked to stand for election.
 *
 * <pre>
 *   begun ── all is committed, and there ── asked to stand ── its vote request: follower ── it leads
 *     └─ one election timeout: given up          └─ one election timeout: given up          └─ two: given up
 * </pre>
 *
 * <p>{@link #transferTo}, {@link #transferToBest} and {@link #stop} may be called from any thread;
 * everything else is confined to the Raft thread. Each future is completed, at the latest by {@link
 * #stop}.
 *
 * <p>Held by: LeadershipTransferTest, ClusterSimulation.
 */
public final class LeadershipTransfer {
  private static final Log LOG = Log.of(LeadershipTransfer.class);

  private final LoopTasks tasks;
  private final PeerTransport transport;
  private final LongFunction<String> names;
  private final LoopRunner runner;
  private final long electionNanos;
  private final long askAgainNanos;
  private final Set<CompletableFuture<Void>> pending = ConcurrentHashMap.newKeySet();
  private final List<Handover> handovers = new ArrayList<>();
  private volatile boolean stopped;

  /** Null until the first replica runs. */
  private @Nullable RaftCore core;

  /** The successor that was named; 0 if the best one is to lead. */
  private long named;

  /** The successor that was asked to stand; 0 before that. */
  private long asked;

  private long askedNanos;
  private long deadlineNanos;

  /** A transfer to a named successor that this member has voted for, and that may not lead yet. */
  private record Handover(long successor, long deadlineNanos, CompletableFuture<Void> outcome) {}

  /**
   * @param names of members, for log lines
   */
  public LeadershipTransfer(
      LoopTasks tasks,
      PeerTransport transport,
      LongFunction<String> names,
      LoopRunner runner,
      RaftSettings settings) {
    this.tasks = tasks;
    this.transport = transport;
    this.names = names;
    this.runner = runner;
    this.electionNanos = TimeUnit.MILLISECONDS.toNanos(settings.electionTimeoutMillis());
    this.askAgainNanos = TimeUnit.MILLISECONDS.toNanos(2 * settings.heartbeatMillis());
  }

  /** As {@link io.kvorum.consensus.Consensus#transferLeadership} says. */
  public CompletableFuture<Void> transferTo(long successor) {
    return submit((leader, outcome) -> begin(leader, successor, outcome));
  }

  /** To the best successor; completes at once if this member does not lead, or there is none. */
  public CompletableFuture<Void> transferToBest() {
    return submit(this::beginToBest);
  }

  private CompletableFuture<Void> submit(BiConsumer<RaftCore, CompletableFuture<Void>> begin) {
    CompletableFuture<Void> outcome = new CompletableFuture<>();
    pending.add(outcome);
    var unused = outcome.whenComplete((nothing, refusal) -> pending.remove(outcome));
    tasks.submit(
        () -> {
          RaftCore current = core;
          if (current == null || stopped) {
            outcome.completeExceptionally(new RequestException(ErrorCode.STOPPED));
          } else {
            begin.accept(current, outcome);
          }
        });
    if (stopped) {
      stop();
    }
    return outcome;
  }

  /** Fails what is pending: the Raft thread runs no more rounds. */
  public void stop() {
    stopped = true;
    RequestException reason = new RequestException(ErrorCode.STOPPED);
    for (CompletableFuture<Void> outcome : pending) {
      outcome.completeExceptionally(reason);
    }
  }

  /** A replica has begun to run. */
  public void follow(RaftCore newCore) {
    core = newCore;
  }

  // ------------------------------------------------------------------ Raft thread

  private void begin(RaftCore leader, long successor, CompletableFuture<Void> outcome) {
    if (!leader.isLeader()) {
      outcome.completeExceptionally(new RequestException(ErrorCode.NOT_LEADER));
    } else if (!leader.isCommittedVoter(successor)) {
      outcome.completeExceptionally(new RequestException(ErrorCode.BAD_LEADER_TRANSFEREE));
    } else if (successor == leader.self()) {
      outcome.complete(null);
    } else if (start(leader, successor, untilItLeads(successor, outcome))) {
      named = successor;
    }
  }

  /**
   * An outcome of the first part, the end of this member's leadership, that has the second follow.
   */
  private CompletableFuture<Void> untilItLeads(long successor, CompletableFuture<Void> outcome) {
    CompletableFuture<Void> steppedDown = new CompletableFuture<>();
    var unused =
        steppedDown.whenComplete(
            (nothing, refusal) -> {
              if (refusal == null) {
                long deadline = runner.nanoTime() + 2 * electionNanos;
                handovers.add(new Handover(successor, deadline, outcome));
              } else {
                outcome.completeExceptionally(refusal);
              }
            });
    return steppedDown;
  }

  /** To be called in each round, whatever the role of this member. */
  public void observe(RaftCore member) {
    if (handovers.isEmpty()) {
      return;
    }
    long leader = member.leaderId();
    long now = runner.nanoTime();
    for (Handover handover : List.copyOf(handovers)) {
      if (leader == handover.successor()) {
        handovers.remove(handover);
        handover.outcome().complete(null);
      } else if (now - handover.deadlineNanos() >= 0) {
        handovers.remove(handover);
        LOG.warning(
            "leadership transfer failed: {} does not lead", names.apply(handover.successor()));
        handover
            .outcome()
            .completeExceptionally(new RequestException(ErrorCode.TIMEOUT_LEADER_TRANSFER));
      }
    }
  }

  /** As {@link #transferToBest}, at once. */
  public void beginToBest(RaftCore leader, CompletableFuture<Void> outcome) {
    long underWay = leader.transferTarget();
    long successor = underWay != 0 ? underWay : bestSuccessor(leader);
    if (successor == 0) {
      outcome.complete(null);
    } else {
      boolean unused = start(leader, successor, outcome);
    }
  }

  /**
   * Starts a transfer, or joins the one that is under way.
   *
   * @return false if a transfer to another member is under way; the outcome says so
   */
  private boolean start(RaftCore leader, long successor, CompletableFuture<Void> outcome) {
    long underWay = leader.transferTarget();
    boolean isNew =
        leader.beginTransfer(
            successor,
            refusal -> {
              if (refusal == null) {
                outcome.complete(null);
              } else {
                LOG.warning("leadership transfer failed: {}", refusal.getMessage());
                outcome.completeExceptionally(
                    new RequestException(ErrorCode.TIMEOUT_LEADER_TRANSFER));
              }
            });
    if (isNew) {
      named = 0;
      asked = 0;
      deadlineNanos = runner.nanoTime() + electionNanos;
    }
    return underWay == 0 || underWay == successor;
  }

  /** To be called in each round of a leader, after what the round has committed. */
  public void advance(RaftCore leader) {
    if (leader.transferTarget() == 0) {
      return;
    }
    long now = runner.nanoTime();
    if (now - deadlineNanos >= 0) {
      leader.failTransfer(whatIsMissing(leader));
    } else if (asked == 0 || now - askedNanos >= askAgainNanos) {
      long successor = successor(leader);
      if (successor != 0 && leader.isLevel(successor)) {
        ask(leader, successor, now);
      }
    }
  }

  private String whatIsMissing(RaftCore leader) {
    if (asked != 0) {
      return "member %s was asked to stand for election, and did not win"
          .formatted(names.apply(asked));
    }
    return "%d of %d entries are committed, and %s does not have all of them"
        .formatted(
            leader.commitIndex(),
            leader.lastIndex(),
            named == 0 ? "the best of the other voters" : "member " + names.apply(named));
  }

  /** The one that was asked is asked again while it is reachable: two would split the votes. */
  private long successor(RaftCore leader) {
    if (named != 0) {
      return named;
    }
    return asked != 0 && transport.isReachable(asked) ? asked : bestSuccessor(leader);
  }

  private void ask(RaftCore leader, long successor, long now) {
    if (successor != asked) {
      LOG.info("transferring leadership to {}", names.apply(successor));
      asked = successor;
      deadlineNanos = now + electionNanos;
    }
    askedNanos = now;
    leader.askToStand(successor);
  }

  /** The other voter that can be reached and has most of the log; 0 if there is none. */
  public long bestSuccessor(RaftCore leader) {
    if (!leader.isLeader()) {
      return 0;
    }
    long best = 0;
    long bestMatch = -1;
    for (long voter : leader.voters()) {
      long match = leader.matchIndex(voter);
      if (voter != leader.self() && match > bestMatch && transport.isReachable(voter)) {
        best = voter;
        bestMatch = match;
      }
    }
    return best;
  }
}
