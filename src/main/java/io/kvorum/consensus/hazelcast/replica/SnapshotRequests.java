package io.kvorum.consensus.hazelcast.replica;

import io.kvorum.consensus.SnapshotTransfer;
import io.kvorum.consensus.hazelcast.core.LoopTasks;
import io.kvorum.support.Futures;
import io.kvorum.support.Log;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Fetches a snapshot from the leader when the log does not reach back far enough (§7); one at a
 * time. After a failure there is a pause, which doubles each time, unless there is another leader
 * to ask: the cause may be local (a full disk), and sending a snapshot that cannot be stored is
 * expensive.
 *
 * <p>Confined to the Raft thread. Held by: SnapshotRequestsTest.
 */
final class SnapshotRequests {
  private static final Log LOG = Log.of(SnapshotRequests.class);

  private static final long MIN_PAUSE_MILLIS = 500;
  private static final long MAX_PAUSE_MILLIS = 16_000;
  private static final int MAX_DOUBLINGS = 10;

  private final SnapshotTransfer transfer;
  private final LongFunction<String> names;
  private final LoopTasks tasks;
  private final Consumer<SnapshotTransfer.Arrived> onArrival;

  /** The member that is asked now; 0 if none. */
  private long source;

  private long attempt;

  /** The member not to be asked during a pause; 0 if none. */
  private long pausing;

  /** The attempt that the pause followed. */
  private long pausingSince;

  private int failures;

  /**
   * @param names of members, for log lines
   * @param onArrival takes a snapshot that has arrived, on the Raft thread
   */
  SnapshotRequests(
      SnapshotTransfer transfer,
      LongFunction<String> names,
      LoopTasks tasks,
      Consumer<SnapshotTransfer.Arrived> onArrival) {
    this.transfer = transfer;
    this.names = names;
    this.tasks = tasks;
    this.onArrival = onArrival;
  }

  /** Asks the leader, even if an earlier one, which may never answer, is being asked. */
  void request(long leader, long atLeastIndex) {
    if (leader == source || leader == pausing) {
      return;
    }
    source = leader;
    long mine = ++attempt;
    LOG.info(
        "the log of {} does not reach back far enough: fetching a snapshot, index {} or later",
        names.apply(leader),
        atLeastIndex);
    var unused =
        transfer
            .pull(leader, atLeastIndex)
            .whenComplete((arrived, failure) -> tasks.submit(() -> end(mine, arrived, failure)));
  }

  private void end(
      long ended, SnapshotTransfer.@Nullable Arrived arrived, @Nullable Throwable failure) {
    long asked = source;
    if (ended == attempt) {
      source = 0;
    }
    if (arrived != null) {
      failures = 0;
      onArrival.accept(arrived);
    } else if (ended == attempt) {
      long pauseMillis = Math.min(MAX_PAUSE_MILLIS, MIN_PAUSE_MILLIS << failures);
      failures = Math.min(failures + 1, MAX_DOUBLINGS);
      LOG.warning(
          "snapshot transfer failed, retrying in {} ms: {}",
          pauseMillis,
          failure == null ? "no snapshot" : Futures.cause(failure).toString());
      pause(asked, ended, pauseMillis);
    }
  }

  private void pause(long asked, long since, long millis) {
    pausing = asked;
    pausingSince = since;
    tasks.schedule(
        () -> {
          if (pausingSince == since) {
            pausing = 0;
          }
        },
        millis,
        TimeUnit.MILLISECONDS);
  }
}
