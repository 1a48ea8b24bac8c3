package io.kvorum.sim;

import io.kvorum.consensus.ConsensusStatus;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.membership.MemberView;
import io.kvorum.model.ClusterMember;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Runs the members of a simulated cluster, one round at a time, on one thread. */
final class Cluster {
  private static final int OPERATOR_MILLIS = 500;

  /**
   * What it is like.
   *
   * @param isStrict whether changes of the members are refused that are risky
   */
  record Character(
      int founders, RaftSettings settings, SimulatedNetwork.Quality network, boolean isStrict) {}

  private final Random random;
  private final Character character;
  private final ClusterCounts counts;
  private final ClusterSchedule schedule;
  private final SimulatedNetwork network;
  private final List<ClusterMember> founders = new ArrayList<>();
  private final Set<Long> founderIds = new TreeSet<>();
  private final LeasePromises promises;
  private final ClusterHistory history;
  private final ClusterClients clients;
  private final TreeMap<Long, MemberHost> members = new TreeMap<>();
  private final int segmentEntries;

  Cluster(Random random, Character character, ClusterCounts counts) {
    this.random = random;
    this.character = character;
    this.counts = counts;
    this.schedule = new ClusterSchedule(random);
    this.network = new SimulatedNetwork(schedule, random, character.network(), this::admits);
    for (long id = 1; id <= character.founders(); id++) {
      founders.add(new ClusterMember(id, "m" + id, List.of(peerUrl(id)), List.of(), false));
      founderIds.add(id);
    }
    this.promises = new LeasePromises(schedule);
    this.history = new ClusterHistory(founders, promises);
    this.clients = new ClusterClients(random, schedule, history, promises);
    this.segmentEntries = 1 + random.nextInt(8);
    SimulatedClock.follow(schedule);
    founderIds.forEach(this::member);
    schedule.afterMillis(OPERATOR_MILLIS, this::operate);
  }

  static String peerUrl(long number) {
    return "http://10.0.0." + number + ":2380";
  }

  MemberHost member(long id) {
    return members.computeIfAbsent(id, newId -> new MemberHost(newId, this, segmentEntries));
  }

  /** Null if it has not been set up yet. */
  @Nullable MemberHost find(long id) {
    return members.get(id);
  }

  List<MemberHost> members() {
    return List.copyOf(members.values());
  }

  /** The members whose process runs. */
  List<MemberHost> living() {
    return members.values().stream().filter(member -> member.life() != null).toList();
  }

  @Nullable MemberLife anyLife() {
    List<MemberHost> living = living();
    return living.isEmpty() ? null : living.get(random.nextInt(living.size())).life();
  }

  void start(MemberHost member) {
    if (member.life() == null && !member.isOut() && member.hasState()) {
      ClusterTrace.line(schedule, member.id(), "starts");
      counts.add("starts");
      member.start();
    }
  }

  /** A process just ends, and comes back some time later. */
  void end(MemberHost member) {
    end(member, false);
  }

  /**
   * @param isOrderly true if it has written what it had
   */
  void end(MemberHost member, boolean isOrderly) {
    MemberLife life = member.life();
    if (life == null) {
      return;
    }
    ClusterTrace.line(schedule, member.id(), "ends: " + life.crashPoint());
    counts.add("installs", life.state().installs());
    if (life.hasLed()) {
      counts.add("lives that led");
    }
    check(member, life);
    member.end(isOrderly && !life.crashPoint().hasStruck());
    boolean isQuick = random.nextBoolean();
    schedule.afterMillis(random.nextInt(isQuick ? 200 : 6_000), () -> start(member));
  }

  /** Nothing of it is left running. */
  void close() {
    members.values().forEach(member -> member.end(false));
  }

  /** Lets time pass up to that moment. */
  void runUntil(long end) {
    while (schedule.getAsLong() < end) {
      long next = Math.min(end, schedule.next());
      for (MemberHost member : members.values()) {
        MemberLife life = member.life();
        if (life != null) {
          next = Math.min(next, Math.max(life.readyAt(), member.frozenUntil()));
        }
      }
      schedule.advanceTo(Math.max(next, schedule.getAsLong()));
      runReady();
    }
  }

  private void runReady() {
    List<MemberHost> order = new ArrayList<>(members.values());
    Collections.rotate(order, random.nextInt(order.size()));
    long now = schedule.getAsLong();
    for (MemberHost member : order) {
      MemberLife life = member.life();
      if (life != null && now >= member.frozenUntil() && life.isReady(now)) {
        runRound(member, life);
      }
    }
  }

  private void runRound(MemberHost member, MemberLife life) {
    long now = schedule.getAsLong();
    long usual = 30_000 + random.nextInt(300_000);
    long nanos = member.isSlow(now) ? usual + random.nextInt(200_000_000) : usual;
    boolean goesOn = life.run(now, nanos);
    check(member, life);
    if (life.wasRemoved()) {
      ClusterTrace.line(schedule, member.id(), "was removed");
      counts.add("members that learned to leave");
      member.leave();
      end(member);
    } else if (!goesOn || life.hasEnded()) {
      end(member);
    }
  }

  /** As the gate of the peer port does. */
  private boolean admits(long target, long sender) {
    MemberLife life = member(target).life();
    if (life == null
        || !life.state().core().members().wasRemoved(sender)
        || life.consensus().isVoter(sender)) {
      return true;
    }
    MemberHost removed = member(sender);
    MemberLife former = removed.life();
    schedule.afterMillis(
        random.nextInt(20),
        () -> {
          if (former != null && removed.life() == former && !removed.isOut()) {
            ClusterTrace.line(schedule, sender, "learned from " + target + " that it was removed");
            counts.add("members that learned from others to leave");
            removed.leave();
            end(removed);
          }
        });
    return false;
  }

  private void check(MemberHost member, MemberLife life) {
    for (Throwable violation : history.ledger().violations()) {
      throw new AssertionError(violation.getMessage(), violation);
    }
    for (Throwable failure : life.failures()) {
      if (!life.crashPoint().hasStruck()) {
        throw new AssertionError("member " + member.id() + " stopped for no reason", failure);
      }
    }
    Throwable broken = life.state().core().historyFailure();
    if (broken != null) {
      throw new AssertionError("the history of member " + member.id() + " broke", broken);
    }
    ConsensusStatus status = life.consensus().status();
    if (status.isLeader() && !life.hasEnded()) {
      history.leads(member.id(), status.term());
    }
  }

  /** A member that can be asked something, by another one; null if it cannot. */
  @Nullable MemberLife reachable(long from, long to) {
    MemberHost other = members.get(to);
    MemberLife life = other == null ? null : other.life();
    boolean isThere =
        life != null
            && !life.hasEnded()
            && other.frozenUntil() <= schedule.getAsLong()
            && network.isOpen(from, to);
    return isThere ? life : null;
  }

  /** The core of a member, as {@link #reachable}. */
  @Nullable SimulatedCore reach(long from, long to) {
    MemberLife life = reachable(from, to);
    return life == null ? null : life.state().core();
  }

  /** Looks at the list of members from time to time, and sets up the new ones. */
  private void operate() {
    schedule.afterMillis(random.nextInt(2 * OPERATOR_MILLIS), this::operate);
    MemberLife life = anyLife();
    if (life != null) {
      MemberView table = life.state().core().members();
      for (ClusterMember listed : table.members()) {
        if (!members.containsKey(listed.id()) && random.nextInt(3) == 0) {
          join(member(listed.id()));
        }
      }
    }
  }

  /** A joining member asks the others in turn until one gives it a snapshot. */
  private void join(MemberHost comer) {
    MemberLife source = anyLife();
    if (source == null || source.state().core().members().find(comer.id()) == null) {
      schedule.afterMillis(200, () -> join(comer));
      return;
    }
    counts.add("joins");
    ClusterTrace.line(schedule, comer.id(), "joins by " + source.member().id());
    boolean[] isThere = {false};
    SimulatedPull pull =
        comer.joinBy(
            source.member(),
            () -> {
              isThere[0] = true;
              schedule.afterMillis(random.nextInt(1_000), () -> start(comer));
            });
    pull.begin();
    schedule.afterMillis(
        5_000,
        () -> {
          if (!isThere[0]) {
            pull.stop();
            join(comer);
          }
        });
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
    return character.settings();
  }

  boolean isStrict() {
    return character.isStrict();
  }

  List<ClusterMember> founders() {
    return founders;
  }

  Set<Long> founderIds() {
    return founderIds;
  }

  ClusterHistory history() {
    return history;
  }

  ClusterClients clients() {
    return clients;
  }

  LeasePromises promises() {
    return promises;
  }

  ClusterCounts counts() {
    return counts;
  }

  @Override
  public String toString() {
    return history + ": " + members.values();
  }
}
