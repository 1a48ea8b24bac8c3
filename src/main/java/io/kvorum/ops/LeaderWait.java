package io.kvorum.ops;

import io.kvorum.membership.MemberView;
import io.kvorum.model.ClusterMember;
import io.kvorum.service.Connectivity;
import io.kvorum.support.Log;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Reports that this member waits for a leader, and how many of the voters it reaches: a second
 * after its start, and every half minute from then on; after a leader was lost, not before an
 * ordinary election would have ended. Confined to the thread that calls {@link #tick}.
 */
public final class LeaderWait {
  private static final Log LOG = Log.of(LeaderWait.class);
  private static final Duration AFTER_START = Duration.ofSeconds(1);
  private static final Duration AFTER_LOSS = Duration.ofSeconds(10);
  private static final Duration AGAIN = Duration.ofSeconds(30);

  private final long selfId;
  private final String listening;
  private final MemberView members;
  private final Connectivity others;
  private final BooleanSupplier hasLeader;
  private final LongSupplier nanoTime;

  private boolean isWaiting;
  private boolean wasReported;
  private Duration patience = AFTER_START;
  private long sinceNanos;

  /**
   * @param listening the URLs at which clients are answered, for the line
   */
  public LeaderWait(
      long selfId,
      String listening,
      MemberView members,
      Connectivity others,
      BooleanSupplier hasLeader,
      LongSupplier nanoTime) {
    this.selfId = selfId;
    this.listening = listening;
    this.members = members;
    this.others = others;
    this.hasLeader = hasLeader;
    this.nanoTime = nanoTime;
  }

  /** To be called at the start, and a few times in each second. */
  public void tick() {
    if (hasLeader.getAsBoolean() || members.wasRemoved(selfId)) {
      isWaiting = false;
      patience = AFTER_LOSS;
      return;
    }
    long now = nanoTime.getAsLong();
    if (!isWaiting) {
      isWaiting = true;
      wasReported = false;
      sinceNanos = now;
    } else if (now - sinceNanos >= patience.toNanos()) {
      report(wasReported || patience.equals(AFTER_LOSS) ? Level.WARNING : Level.INFO);
      wasReported = true;
      patience = AGAIN;
      sinceNanos = now;
    }
  }

  private void report(Level level) {
    List<ClusterMember> all = members.members();
    List<ClusterMember> voters = all.stream().filter(member -> !member.isLearner()).toList();
    long reachable = voters.stream().filter(member -> isReachable(member.id())).count();
    LOG.log(
        level,
        "listening on {}, waiting for a leader: {} of {} {} reachable, {} needed",
        listening,
        reachable,
        voters.size(),
        voters.size() == all.size() ? "members" : "voting members",
        voters.size() / 2 + 1);
  }

  private boolean isReachable(long id) {
    return id == selfId || others.isConnectedSince(id, Duration.ZERO);
  }
}
