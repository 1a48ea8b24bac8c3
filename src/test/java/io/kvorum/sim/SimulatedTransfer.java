package io.kvorum.sim;

import io.kvorum.consensus.SnapshotTransfer;
import io.kvorum.mvcc.SnapshotStaging;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Brings the snapshot of another member, late or not: one pull at a time. */
final class SimulatedTransfer implements SnapshotTransfer {

  /** Where snapshots come from, and where they go. */
  interface Place {
    /** The core of a member; null if it cannot be reached now. */
    @Nullable SimulatedCore reach(long memberId);

    SnapshotStaging stage() throws IOException;

    void install(SnapshotStaging arrived) throws IOException;
  }

  private final ClusterSchedule schedule;
  private final Random random;
  private final Place place;
  private final ClusterCounts counts;
  private final long self;
  private @Nullable CompletableFuture<Arrived> underWay;
  private @Nullable SimulatedPull pull;
  private long source;

  SimulatedTransfer(
      ClusterSchedule schedule, Random random, Place place, ClusterCounts counts, long self) {
    this.schedule = schedule;
    this.random = random;
    this.place = place;
    this.counts = counts;
    this.self = self;
  }

  @Override
  public CompletableFuture<Arrived> pull(long memberId, long atLeastIndex) {
    if (underWay != null && !underWay.isDone()) {
      if (source == memberId) {
        return underWay;
      }
      counts.add("pulls given up for another");
      close();
      underWay.completeExceptionally(new IOException("another member is asked"));
    }
    counts.add("pulls");
    ClusterTrace.line(schedule, self, "pulls from " + memberId + ", entry " + atLeastIndex);
    CompletableFuture<Arrived> arrival = new CompletableFuture<>();
    underWay = arrival;
    source = memberId;
    SimulatedPull begun =
        new SimulatedPull(
            schedule,
            random,
            () -> place.reach(memberId),
            place::stage,
            atLeastIndex,
            new SimulatedPull.Outcome() {
              @Override
              public void arrived(SnapshotStaging store) {
                if (!arrival.complete(new ArrivedStore(store))) {
                  SimulatedPull.close(store);
                }
              }

              @Override
              public void failed(IOException failure) {
                counts.add("pulls that failed");
                arrival.completeExceptionally(failure);
              }
            });
    pull = begun;
    begun.begin();
    if (random.nextInt(8) == 0) {
      schedule.afterMillis(
          random.nextInt(3_000),
          () -> {
            if (!arrival.isDone()) {
              counts.add("pulls that failed");
              begun.stop();
              arrival.completeExceptionally(new IOException("the pull failed"));
            }
          });
    }
    return arrival;
  }

  /** The process has ended, or another member is asked. */
  void close() {
    if (pull != null) {
      pull.stop();
    }
  }

  private final class ArrivedStore implements Arrived {
    private final SnapshotStaging store;

    private ArrivedStore(SnapshotStaging store) {
      this.store = store;
    }

    @Override
    public long index() {
      return store.header().index();
    }

    @Override
    public long term() {
      return store.header().term();
    }

    @Override
    public void install() throws IOException {
      place.install(store);
      ClusterTrace.line(schedule, self, "installed up to " + index());
    }

    @Override
    public void discard() {
      counts.add("discarded states");
      ClusterTrace.line(schedule, self, "discarded " + index());
      SimulatedPull.close(store);
    }
  }
}
