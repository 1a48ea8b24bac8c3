package io.kvorum.service;

import io.kvorum.membership.MemberView;
import io.kvorum.model.ClusterMember;
import io.kvorum.mvcc.StoreStats;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

/**
 * Decides when a member defragments its store without a client's request: when much of its disk
 * space is free, and the turn of this member has come. The members take turns by the clock, so that
 * of a cluster whose clocks agree one begins at a time. Thread-safe.
 */
public final class AutoDefragmentation {
  /** How often it is worth looking. */
  public static final Duration INTERVAL = Duration.ofMinutes(1);

  private static final Duration TURN = Duration.ofMinutes(10);

  /** A smaller store is left as it is. */
  private static final long LEAST_BYTES = 256L << 20;

  private final MemberView members;
  private final long selfId;
  private final double freeRatio;
  private final Clock clock;

  /**
   * @param freeRatio what share of the space may be free; 0 for any
   */
  public AutoDefragmentation(MemberView members, long selfId, double freeRatio, Clock clock) {
    this.members = members;
    this.selfId = selfId;
    this.freeRatio = freeRatio;
    this.clock = clock;
  }

  /** Whether a store of those figures is to be defragmented now. */
  public boolean isDue(StoreStats stats) {
    return isWorthwhile(stats.allocatedBytes(), stats.heldBytes()) && isOurTurn();
  }

  private boolean isWorthwhile(long allocated, long held) {
    return freeRatio > 0
        && allocated >= LEAST_BYTES
        && (allocated - held) / (double) allocated > freeRatio;
  }

  private boolean isOurTurn() {
    List<ClusterMember> all = members.members();
    long turn = clock.millis() / TURN.toMillis() % Math.max(1, all.size());
    return all.isEmpty() || all.get((int) turn).id() == selfId;
  }
}
