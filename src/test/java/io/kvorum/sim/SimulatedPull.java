package io.kvorum.sim;

import io.kvorum.model.Revision;
import io.kvorum.mvcc.SnapshotStaging;
import io.kvorum.mvcc.StoreSnapshot;
import io.kvorum.mvcc.history.RevisionHistory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Brings a snapshot from one member to another: the real snapshot and the real staging, page by
 * page, over links that break. Ends when the snapshot is there, or when it is stopped.
 */
final class SimulatedPull {

  /** Where the snapshot goes. */
  interface Place {
    /**
     * Opens it, with what an earlier pull has left there.
     *
     * @throws IOException if what has arrived before is still to be installed
     */
    SnapshotStaging open() throws IOException;
  }

  /** Receives the outcome. */
  interface Outcome {
    void arrived(SnapshotStaging store);

    void failed(IOException failure);
  }

  private final ClusterSchedule schedule;
  private final Random random;
  private final Supplier<@Nullable SimulatedCore> source;
  private final Place place;
  private final long atLeastIndex;
  private final Outcome outcome;
  private final boolean isSlow;
  private @Nullable SnapshotStaging staged;
  private @Nullable StoreSnapshot reading;
  private boolean isStopped;

  /**
   * @param source the core that has the state; null while it cannot be reached
   */
  SimulatedPull(
      ClusterSchedule schedule,
      Random random,
      Supplier<@Nullable SimulatedCore> source,
      Place place,
      long atLeastIndex,
      Outcome outcome) {
    this.schedule = schedule;
    this.random = random;
    this.source = source;
    this.place = place;
    this.atLeastIndex = atLeastIndex;
    this.outcome = outcome;
    this.isSlow = random.nextInt(4) == 0;
  }

  void begin() {
    later(1, this::attempt);
  }

  /** What has arrived so far stays where it is. */
  void stop() {
    if (!isStopped) {
      isStopped = true;
      closeReading();
      SnapshotStaging left = staged;
      if (left != null) {
        close(left);
      }
    }
  }

  private void later(int steps, Runnable action) {
    schedule.afterMillis(
        random.nextInt((isSlow ? 1_500 : 30) / steps + 1),
        () -> {
          if (!isStopped) {
            action.run();
          }
        });
  }

  private void attempt() {
    SimulatedCore core = source.get();
    if (core == null || core.appliedIndex() < atLeastIndex) {
      later(1, this::attempt);
      return;
    }
    try {
      SnapshotStaging to = staged == null ? place.open() : staged;
      staged = to;
      StoreSnapshot opened = core.readHistory();
      reading = opened;
      Revision after = to.begin(opened.header());
      later(3, () -> go(core, opened, to, after));
    } catch (IOException e) {
      stop();
      outcome.failed(e);
    }
  }

  private void go(SimulatedCore core, StoreSnapshot from, SnapshotStaging to, Revision after) {
    if (source.get() != core || random.nextInt(30) == 0) {
      closeReading();
      later(1, this::attempt);
      return;
    }
    try {
      List<RevisionHistory.Page> pages = pages(from, after);
      if (pages == null) {
        closeReading();
        later(1, this::attempt);
      } else if (pages.isEmpty()) {
        closeReading();
        to.complete();
        isStopped = true;
        outcome.arrived(to);
      } else {
        to.add(pages);
        Revision last = pages.get(pages.size() - 1).first();
        later(3, () -> go(core, from, to, last));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Null if the source has installed another snapshot itself. */
  private @Nullable List<RevisionHistory.Page> pages(StoreSnapshot from, Revision after) {
    try {
      return from.pagesAfter(after, 1 + random.nextInt(20_000));
    } catch (IOException overtaken) {
      return null;
    }
  }

  private void closeReading() {
    StoreSnapshot open = reading;
    if (open != null) {
      open.close();
      reading = null;
    }
  }

  static void close(SnapshotStaging store) {
    try {
      store.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
