package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.SnapshotTransfer;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Pulls the state of the leader when the log does not reach back far enough; one pull at a time.
 * After one that failed there is a pause, longer each time, unless there is another leader to ask:
 * what is wrong, a full disk, say, is perhaps here, and a state is much to send in vain.
 *
 * <p>Confined to the engine thread.
 */
final class SnapshotRequests {
  private static final System.Logger LOG = System.getLogger(SnapshotRequests.class.getName());

  private static final long LEAST_PAUSE_MILLIS = 500;
  private static final long MOST_PAUSE_MILLIS = 16_000;
  private static final int MOST_DOUBLINGS = 10;

  private final SnapshotTransfer transfer;
  private final LoopTasks tasks;
  private final Consumer<SnapshotTransfer.Arrived> onArrival;
  private @Nullable MemberEndpoint source;
  private long attempt;

  /** Whom not to ask for the time being, and since which attempt. */
  private @Nullable MemberEndpoint pausing;

  private long pausingSince;
  private int failures;

  /**
   * @param onArrival takes what has arrived, on the engine thread
   */
  SnapshotRequests(
      SnapshotTransfer transfer, LoopTasks tasks, Consumer<SnapshotTransfer.Arrived> onArrival) {
    this.transfer = transfer;
    this.tasks = tasks;
    this.onArrival = onArrival;
  }

  /** Asks the leader, also if an earlier one is asked already, which may never answer. */
  void begin(MemberEndpoint leader, long atLeastIndex) {
    if (leader.equals(source) || leader.equals(pausing)) {
      return;
    }
    source = leader;
    long mine = ++attempt;
    LOG.log(
        Level.INFO,
        "the log of {0} does not reach back far enough: pulling its state, from entry {1} on",
        leader,
        Long.toString(atLeastIndex));
    transfer
        .pull(leader.id(), atLeastIndex)
        .whenComplete((arrived, failure) -> tasks.submit(() -> end(mine, arrived, failure)));
  }

  private void end(
      long ended, SnapshotTransfer.@Nullable Arrived arrived, @Nullable Throwable failure) {
    MemberEndpoint asked = source;
    if (ended == attempt) {
      source = null;
    }
    if (arrived != null) {
      failures = 0;
      onArrival.accept(arrived);
    } else if (ended == attempt) {
      long pauseMillis = Math.min(MOST_PAUSE_MILLIS, LEAST_PAUSE_MILLIS << failures);
      failures = Math.min(failures + 1, MOST_DOUBLINGS);
      LOG.log(
          Level.WARNING,
          "the state did not arrive, and is pulled again in {0} ms: {1}",
          Long.toString(pauseMillis),
          failure);
      pause(asked, ended, pauseMillis);
    }
  }

  private void pause(@Nullable MemberEndpoint asked, long since, long millis) {
    pausing = asked;
    pausingSince = since;
    tasks.schedule(
        () -> {
          if (pausingSince == since) {
            pausing = null;
          }
        },
        millis,
        TimeUnit.MILLISECONDS);
  }
}
