package io.kvorum.sim;

import io.kvorum.consensus.StateTransfer;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Brings the whole state of another member, late, or not. */
final class SimulatedTransfer implements StateTransfer {
  private final ClusterSchedule schedule;
  private final Random random;
  private final BiFunction<Long, Long, @Nullable ClusterState> reachable;
  private final long self;
  private final Supplier<ClusterState> own;
  private final CrashPoint crashPoint;
  private final ClusterCounts counts;
  private @Nullable CompletableFuture<Arrived> underWay;
  private long source;
  private boolean isClosed;

  /**
   * @param reachable the state of a member that can be reached from another; null if it cannot
   * @param own where an arrived state goes
   */
  SimulatedTransfer(
      ClusterSchedule schedule,
      Random random,
      BiFunction<Long, Long, @Nullable ClusterState> reachable,
      long self,
      Supplier<ClusterState> own,
      CrashPoint crashPoint,
      ClusterCounts counts) {
    this.schedule = schedule;
    this.random = random;
    this.reachable = reachable;
    this.self = self;
    this.own = own;
    this.crashPoint = crashPoint;
    this.counts = counts;
  }

  @Override
  public CompletableFuture<Arrived> pull(long memberId, long atLeastIndex) {
    if (underWay != null && !underWay.isDone()) {
      if (source == memberId) {
        return underWay;
      }
      counts.add("pulls given up for another");
      underWay.completeExceptionally(new IOException("another member is asked"));
    }
    counts.add("pulls");
    ClusterTrace.line(schedule, self, "pulls from " + memberId + ", entry " + atLeastIndex);
    CompletableFuture<Arrived> arrival = new CompletableFuture<>();
    underWay = arrival;
    source = memberId;
    boolean isSlow = random.nextInt(3) == 0;
    schedule.afterMillis(
        random.nextInt(isSlow ? 3_000 : 50),
        () -> attempt(memberId, atLeastIndex, isSlow, arrival));
    return arrival;
  }

  /** Reads the state there, and brings it here; a pull goes on until that has worked. */
  private void attempt(
      long memberId, long atLeastIndex, boolean isSlow, CompletableFuture<Arrived> arrival) {
    if (arrival.isDone() || isClosed) {
      return;
    }
    List<RecordingState.Applied> read = read(memberId, atLeastIndex);
    schedule.afterMillis(
        random.nextInt(isSlow ? 3_000 : 50),
        () -> {
          if (read != null && reachable.apply(self, memberId) != null) {
            arrival.complete(arrived(read));
          } else if (random.nextInt(10) == 0) {
            arrival.completeExceptionally(new IOException("the pull broke off"));
          } else {
            attempt(memberId, atLeastIndex, isSlow, arrival);
          }
        });
  }

  /** The process has ended. */
  void close() {
    isClosed = true;
  }

  private @Nullable List<RecordingState.Applied> read(long memberId, long atLeastIndex) {
    ClusterState other = reachable.apply(self, memberId);
    List<RecordingState.Applied> entries = other == null ? null : other.recorded().entries();
    return entries == null || entries.size() < atLeastIndex || entries.isEmpty() ? null : entries;
  }

  private Arrived arrived(List<RecordingState.Applied> entries) {
    RecordingState.Applied last = entries.get(entries.size() - 1);
    return new Arrived() {
      @Override
      public long index() {
        return last.index();
      }

      @Override
      public long term() {
        return last.term();
      }

      @Override
      public void install() throws IOException {
        crashPoint.strike("install");
        own.get().install(entries);
        ClusterTrace.line(schedule, self, "installed up to " + last.index());
        crashPoint.strike("installed");
      }

      @Override
      public void discard() {
        counts.add("discarded states");
        ClusterTrace.line(schedule, self, "discarded " + last.index());
      }
    };
  }
}
