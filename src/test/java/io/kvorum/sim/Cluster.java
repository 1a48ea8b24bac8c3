package io.kvorum.sim;

import io.kvorum.consensus.ConsensusStatus;
import io.kvorum.consensus.hazelcast.RaftSettings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The members of a simulated cluster, run one round at a time on one thread. */
final class Cluster {
  private final Random random;
  private final ClusterSchedule schedule;
  private final SimulatedNetwork network;
  private final RaftSettings settings;
  private final Set<Long> founders;
  private final ClusterHistory history;
  private final ClusterCounts counts;
  private final TreeMap<Long, ClusterMember> members = new TreeMap<>();
  private final int segmentEntries;

  Cluster(
      Random random,
      int founderCount,
      RaftSettings settings,
      SimulatedNetwork.Quality quality,
      ClusterCounts counts) {
    this.random = random;
    this.settings = settings;
    this.counts = counts;
    this.schedule = new ClusterSchedule(random);
    this.network = new SimulatedNetwork(schedule, random, quality, this::admits);
    this.founders = new TreeSet<>();
    for (long id = 1; id <= founderCount; id++) {
      founders.add(id);
    }
    this.history = new ClusterHistory(founders);
    this.segmentEntries = 1 + random.nextInt(8);
    SimulatedClock.follow(schedule);
    founders.forEach(this::member);
  }

  ClusterMember member(long id) {
    return members.computeIfAbsent(id, newId -> new ClusterMember(newId, founders, segmentEntries));
  }

  List<ClusterMember> members() {
    return List.copyOf(members.values());
  }

  /** Those whose process runs. */
  List<ClusterMember> living() {
    return members.values().stream().filter(member -> member.life() != null).toList();
  }

  @Nullable ClusterMember anyLiving() {
    List<ClusterMember> living = living();
    return living.isEmpty() ? null : living.get(random.nextInt(living.size()));
  }

  void start(ClusterMember member) {
    if (member.life() == null && !member.isOut() && member.hasState()) {
      ClusterTrace.line(schedule, member.id(), "starts");
      counts.add("starts");
      member.start(this);
    }
  }

  /** Ends a process, which comes back some time later. */
  void end(ClusterMember member) {
    ClusterMember.Life life = member.life();
    if (life == null) {
      return;
    }
    ClusterTrace.line(schedule, member.id(), "ends: " + life.crashPoint());
    counts.add("installs", life.state().installs());
    if (life.hasLed()) {
      counts.add("lives that led");
    }
    check(member, life);
    member.end(this);
    boolean isQuick = random.nextBoolean();
    schedule.afterMillis(random.nextInt(isQuick ? 200 : 6_000), () -> start(member));
  }

  /** Lets time pass up to that moment. */
  void runUntil(long end) {
    while (schedule.getAsLong() < end) {
      long next = Math.min(end, schedule.next());
      for (ClusterMember member : members.values()) {
        ClusterMember.Life life = member.life();
        if (life != null) {
          next = Math.min(next, Math.max(life.readyAt(), member.frozenUntil()));
        }
      }
      schedule.advanceTo(Math.max(next, schedule.getAsLong()));
      runReady();
    }
  }

  private void runReady() {
    List<ClusterMember> order = new ArrayList<>(members.values());
    Collections.rotate(order, random.nextInt(order.size()));
    long now = schedule.getAsLong();
    for (ClusterMember member : order) {
      ClusterMember.Life life = member.life();
      if (life != null && now >= member.frozenUntil() && life.isReady(now)) {
        runRound(member, life);
      }
    }
  }

  private void runRound(ClusterMember member, ClusterMember.Life life) {
    long now = schedule.getAsLong();
    long usual = 30_000 + random.nextInt(300_000);
    long nanos = member.isSlow(now) ? usual + random.nextInt(200_000_000) : usual;
    boolean goesOn = life.run(now, nanos);
    check(member, life);
    if (life.wasRemoved()) {
      ClusterTrace.line(schedule, member.id(), "was removed");
      counts.add("members that were told to leave");
      member.leave();
      end(member);
    } else if (!goesOn || life.hasEnded()) {
      end(member);
    }
  }

  /** As the gate of the peer port does. */
  private boolean admits(long target, long sender) {
    ClusterMember.Life life = member(target).life();
    if (life == null
        || !life.state().table().wasRemoved(sender)
        || life.consensus().isVoter(sender)) {
      return true;
    }
    ClusterMember removed = member(sender);
    schedule.afterMillis(
        random.nextInt(20),
        () -> {
          if (removed.life() != null && !removed.isOut()) {
            ClusterTrace.line(schedule, sender, "was told by " + target + " that it was removed");
            counts.add("members that were told by others to leave");
            removed.leave();
            end(removed);
          }
        });
    return false;
  }

  private void check(ClusterMember member, ClusterMember.Life life) {
    for (Throwable violation : life.state().violations()) {
      throw new AssertionError(violation.getMessage(), violation);
    }
    for (Throwable failure : life.failures()) {
      if (!life.crashPoint().hasStruck()) {
        throw new AssertionError("member " + member.id() + " stopped for no reason", failure);
      }
    }
    ConsensusStatus status = life.consensus().status();
    if (status.isLeader() && !life.hasEnded()) {
      history.leads(member.id(), status.term());
    }
  }

  /** Where a state comes from that a member lacks. */
  SimulatedTransfer transferTo(long id, Supplier<ClusterState> own, CrashPoint crashPoint) {
    return new SimulatedTransfer(
        schedule, random, this::reachableState, id, own, crashPoint, counts);
  }

  private @Nullable ClusterState reachableState(long from, long to) {
    ClusterMember other = members.get(to);
    ClusterMember.Life life = other == null ? null : other.life();
    return life == null || !network.isOpen(from, to) ? null : life.state();
  }

  /** A member that is to join asks around until somebody gives it the state. */
  void join(ClusterMember member) {
    if (member.hasState() || member.isOut()) {
      start(member);
      return;
    }
    ClusterMember other = anyLiving();
    ClusterMember.Life life = other == null ? null : other.life();
    if (life != null && life.state().table().contains(member.id()) && random.nextInt(4) > 0) {
      counts.add("joins");
      member.receive(life.state().recorded().entries());
      schedule.afterMillis(random.nextInt(3_000), () -> start(member));
    } else {
      schedule.afterMillis(200, () -> join(member));
    }
  }

  Random random() {
    return random;
  }

  ClusterSchedule schedule() {
    return schedule;
  }

  SimulatedNetwork network() {
    return network;
  }

  RaftSettings settings() {
    return settings;
  }

  Set<Long> founders() {
    return founders;
  }

  ClusterHistory history() {
    return history;
  }

  ClusterCounts counts() {
    return counts;
  }

  @Override
  public String toString() {
    return "the group is "
        + history.group()
        + ", the table "
        + history.table()
        + ": "
        + members.values();
  }
}
