package io.kvorum.sim;

import io.kvorum.consensus.InMemoryWal;
import io.kvorum.consensus.RaftIdentity;
import io.kvorum.model.ClusterMember;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.mvcc.SnapshotStaging;
import io.kvorum.mvcc.StoreSettings;
import io.kvorum.mvcc.history.InMemoryHistory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Holds a machine of a simulated cluster: what its disks hold, and its present life, if any. */
final class MemberHost {
  private static final StoreSettings STAGING = new StoreSettings(1_000, 1_000, 1L << 20);

  private final long id;
  private final Cluster cluster;
  private final boolean isFounder;
  private final InMemoryWal.Disk logDisk;
  private InMemoryHistory history = new InMemoryHistory();
  private InMemoryHistory incoming = new InMemoryHistory();
  private boolean hasState;
  private boolean isJoining;
  private boolean isSurvivor;
  private @Nullable MemberLife life;
  private boolean isOut;
  private long frozenUntil;
  private long slowUntil;

  MemberHost(long id, Cluster cluster, int segmentEntries) {
    this.id = id;
    this.cluster = cluster;
    this.isFounder = cluster.founderIds().contains(id);
    this.hasState = isFounder;
    this.isJoining = !isFounder;
    this.logDisk = new InMemoryWal.Disk(segmentEntries);
  }

  long id() {
    return id;
  }

  @Nullable MemberLife life() {
    return life;
  }

  InMemoryWal.Disk logDisk() {
    return logDisk;
  }

  InMemoryHistory history() {
    return history;
  }

  boolean isFounder() {
    return isFounder;
  }

  /** Whether it has what it needs to take part. */
  boolean hasState() {
    return hasState;
  }

  RaftIdentity identity() {
    Set<Long> founders = isFounder ? cluster.founderIds() : Set.of();
    return new RaftIdentity(id, founders, isJoining, isSurvivor);
  }

  /** What it takes itself for. */
  ClusterMember asListed() {
    return new ClusterMember(id, "m" + id, List.of(Cluster.peerUrl(id)), List.of(), false);
  }

  boolean isSurvivor() {
    return isSurvivor;
  }

  /** It takes part: from now on its log is there, too. */
  void hasJoined() {
    isJoining = false;
  }

  /** Starts it next time as the only member, until it has become that. */
  void survive() {
    isSurvivor = true;
  }

  /** It has become the only member, and need not be forced again. */
  void hasSurvived() {
    isSurvivor = false;
  }

  /**
   * Opens the staging area for another member's snapshot, with what an earlier attempt has left.
   *
   * @throws IOException if it is open
   */
  SnapshotStaging stageBeside(MvccStore store) throws IOException {
    if (incoming.isOpen()) {
      throw new IOException("a state is there that has not been installed yet");
    }
    incoming = incoming.reopen();
    return store.stage(incoming);
  }

  InMemoryHistory incoming() {
    return incoming;
  }

  /** From now on it starts with what has come from another member. */
  void makeIncomingCurrent() {
    history = incoming;
    incoming = new InMemoryHistory();
    hasState = true;
  }

  /** Pulls a snapshot, as a joining member does; does nothing if it has one. */
  SimulatedPull joinBy(MemberHost source, Runnable onArrival) {
    MvccStore place = new MvccStore(new InMemoryHistory(), STAGING, failure -> {});
    return new SimulatedPull(
        cluster.schedule(),
        cluster.random(),
        () -> cluster.reach(id, source.id()),
        () -> stageBeside(place),
        1,
        new SimulatedPull.Outcome() {
          @Override
          public void arrived(SnapshotStaging staged) {
            SimulatedPull.close(staged);
            makeIncomingCurrent();
            history = history.reopen();
            onArrival.run();
          }

          @Override
          public void failed(IOException failure) {
            throw new UncheckedIOException(failure);
          }
        });
  }

  void start() {
    MemberLife started = new MemberLife(this, cluster);
    life = started;
    frozenUntil = 0;
    started.start();
  }

  /**
   * The process ends.
   *
   * @param isOrderly true if it has written what it had, false if it just ends
   */
  void end(boolean isOrderly) {
    MemberLife ended = life;
    if (ended != null) {
      life = null;
      InMemoryHistory left = ended.end(isOrderly);
      if (ended.state().core().history() == history) {
        history = left;
        incoming = incoming.reopen();
      } else {
        // It was installing, and had not made the new history the current one.
        incoming = left;
        history = history.reopen();
      }
    }
  }

  /** It has learned that it was removed: it will not start again. */
  void leave() {
    isOut = true;
  }

  /** Its machine is gone, for a long time at least. */
  void lose() {
    end(false);
    isOut = true;
  }

  void find() {
    isOut = false;
  }

  boolean isOut() {
    return isOut;
  }

  void freezeUntil(long nanos) {
    frozenUntil = nanos;
  }

  void slowUntil(long nanos) {
    slowUntil = nanos;
  }

  long frozenUntil() {
    return frozenUntil;
  }

  boolean isSlow(long now) {
    return now < slowUntil;
  }

  @Override
  public String toString() {
    MemberLife now = life;
    return now == null
        ? "%d does not run%s%s"
            .formatted(id, isOut ? ", is out" : "", hasState() ? "" : ", has no state")
        : "%d runs: %s".formatted(id, now.consensus().status());
  }
}
