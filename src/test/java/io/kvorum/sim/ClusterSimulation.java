package io.kvorum.sim;

import io.kvorum.consensus.ConsensusStatus;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.model.ClusterMember;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Simulates several members with all that a real one is made of between its ports: consensus
 * driver, store, leases, watch hub and services. One seed decides everything: when rounds run, when
 * messages arrive, what is lost, which members are cut off or end, whose disk breaks, how far
 * histories lag, which members join and leave. Everything runs on one thread, except the history
 * threads, for which it waits.
 *
 * <p>First faults happen, then everything heals, and the cluster must come to rest: with one
 * leader, one state, an answer to every call, watchers that have seen all, and locks that nobody
 * waits for. Sometimes all members but one are lost then, and that one continues alone.
 */
public final class ClusterSimulation implements AutoCloseable {
  private static final int MOST_SECONDS_TO_SETTLE = 90;
  private static final int MOST_SECONDS_OF_A_LEASE = 25;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final Random random;
  private final ClusterCounts counts = new ClusterCounts();
  private final Cluster cluster;
  private final ClusterSchedule schedule;
  private final ClusterClients clients;
  private final ClusterWatchers watchers;
  private final ClusterLockers lockers;
  private final ClusterFaults faults;
  private final int clientPauseMillis;
  private boolean clientsRest;
  private @Nullable MemberHost lost;

  public ClusterSimulation(long seed) {
    random = new Random(seed);
    SimulatedRandom.seedHazelcast(seed);
    int founders = random.nextInt(12) == 0 ? 7 : 1 + random.nextInt(5);
    boolean isStrict = random.nextInt(3) == 0;
    cluster =
        new Cluster(
            random, new Cluster.Character(founders, settings(), quality(), isStrict), counts);
    schedule = cluster.schedule();
    clients = cluster.clients();
    watchers = new ClusterWatchers(cluster);
    lockers = new ClusterLockers(cluster, new Random(seed));
    faults = new ClusterFaults(cluster, clients, Math.max(founders, 1 + random.nextInt(5)));
    clientPauseMillis = 2 + random.nextInt(150);
  }

  private RaftSettings settings() {
    boolean isFast = random.nextBoolean();
    return RaftSettings.defaults()
        .withTimeouts(isFast ? 50 : 100, isFast ? 500 : 1_000)
        .withSnapshotCount(1 + random.nextInt(40))
        .withBatches(1 + random.nextInt(12), 40 + random.nextInt(400))
        .withPending(5 + random.nextInt(200), 200 + random.nextInt(10_000))
        .withKeptForOthers(1 + random.nextInt(random.nextBoolean() ? 200 : 20_000));
  }

  private SimulatedNetwork.Quality quality() {
    int delay = random.nextBoolean() ? 2 : 1 + random.nextInt(300);
    if (random.nextBoolean()) {
      return new SimulatedNetwork.Quality(delay, 0, 0, true);
    }
    return new SimulatedNetwork.Quality(delay, random.nextInt(10), random.nextInt(10), false);
  }

  /** Runs it, and checks everything that must hold. */
  public void run() {
    cluster
        .members()
        .forEach(member -> schedule.afterMillis(random.nextInt(300), () -> cluster.start(member)));
    faults.begin();
    actAsClients();
    watchers.begin();
    lockers.begin();
    writeHistories();
    cluster.runUntil(schedule.getAsLong() + (8 + random.nextInt(25)) * NANOS_PER_SECOND);
    heal();
    settle();
    lockers.settle();
    settle();
    checkEverything();
    if (random.nextInt(5) == 0) {
      letLeasesRunOut();
    }
    boolean hasLearners = !cluster.history().members().learners().isEmpty();
    if (random.nextInt(hasLearners ? 2 : 4) == 0) {
      goOnWithOne();
    }
    count();
  }

  private void actAsClients() {
    schedule.afterMillis(
        random.nextInt(2 * clientPauseMillis),
        () -> {
          if (!clientsRest) {
            clients.check();
            MemberLife life = cluster.anyLife();
            if (life != null) {
              clients.act(life);
            }
          }
          actAsClients();
        });
  }

  /** The histories follow in their own time. */
  private void writeHistories() {
    for (MemberHost member : cluster.living()) {
      MemberLife life = member.life();
      if (life != null && !life.hasEnded() && random.nextInt(3) == 0) {
        life.state().core().writeHistory();
      }
    }
    schedule.afterMillis(random.nextInt(1_500), this::writeHistories);
  }

  private void heal() {
    ClusterTrace.line(schedule, 0, "heals");
    faults.end();
    clientsRest = true;
    lockers.rest();
    cluster.network().become(new SimulatedNetwork.Quality(2, 0, 0, true));
    cluster.network().healAll();
    lost = loseOne();
    for (MemberHost member : cluster.members()) {
      member.freezeUntil(0);
      member.slowUntil(0);
      MemberLife life = member.life();
      if (life == null) {
        cluster.start(member);
      } else {
        life.crashPoint().relent();
      }
    }
  }

  /** Sometimes one of the voters never comes back, and the others do without. */
  private @Nullable MemberHost loseOne() {
    List<Long> voters = List.copyOf(cluster.history().group());
    boolean isTold = cluster.history().members().voters().equals(cluster.history().group());
    if (!isTold || voters.size() < 3 || random.nextBoolean()) {
      return null;
    }
    MemberHost loser = cluster.member(voters.get(random.nextInt(voters.size())));
    counts.add("members lost for good");
    ClusterTrace.line(schedule, loser.id(), "is lost for good");
    loser.lose();
    return loser;
  }

  /** A change that was under way may leave a group that cannot do without. */
  private void findAgain() {
    MemberHost member = lost;
    if (member != null) {
      counts.add("members found again");
      lost = null;
      member.find();
      cluster.start(member);
    }
  }

  private void settle() {
    String trouble = "";
    for (int second = 0; second < MOST_SECONDS_TO_SETTLE; second++) {
      if (second == MOST_SECONDS_TO_SETTLE / 2
          && (cluster.history().group().size() < 3
              || !cluster.history().group().equals(cluster.history().members().voters()))) {
        findAgain();
      }
      cluster.runUntil(schedule.getAsLong() + NANOS_PER_SECOND);
      clients.check();
      trouble = trouble();
      if (trouble.isEmpty()) {
        counts.add("seconds to settle", second);
        return;
      }
    }
    throw new AssertionError("it does not come to rest: " + trouble + "; " + cluster);
  }

  /** Empty if all is as it should be. */
  private String trouble() {
    ClusterHistory history = cluster.history();
    if (!history.group().equals(history.members().voters())) {
      return "the group does not follow";
    }
    long leaderId = 0;
    for (ClusterMember listed : history.members().all()) {
      MemberHost member = cluster.find(listed.id());
      if (member != null && member == lost) {
        continue;
      }
      MemberLife life = member == null ? null : member.life();
      if (life == null) {
        return "member " + listed.id() + " does not run";
      }
      ConsensusStatus status = life.consensus().status();
      if (!status.hasLeader() || (leaderId != 0 && leaderId != status.leaderId())) {
        return "member %d follows %d, another %d"
            .formatted(listed.id(), status.leaderId(), leaderId);
      }
      leaderId = status.leaderId();
      if (status.appliedIndex() != history.size()) {
        return "member %d applied %d of %d"
            .formatted(listed.id(), status.appliedIndex(), history.size());
      }
      if (life.unanswered() > 0) {
        return "member %d owes %d answers".formatted(listed.id(), life.unanswered());
      }
    }
    return history.members().voters().contains(leaderId)
        ? ""
        : leaderId + " leads, but does not vote";
  }

  /** Every member of a cluster at rest shows what the model says, and every watcher has seen it. */
  private void checkEverything() {
    clients.check();
    clients.checkRefused();
    watchers.settle();
    for (MemberHost member : cluster.living()) {
      SimulatedCore core = member.life().state().core();
      if (core.appliedIndex() == cluster.history().size()) {
        new CoreCheck(cluster.history().model(), core, random).everything();
      }
    }
  }

  /** Nobody renews them. */
  private void letLeasesRunOut() {
    long end = schedule.getAsLong() + MOST_SECONDS_OF_A_LEASE * NANOS_PER_SECOND;
    cluster.runUntil(end);
    settle();
    checkEverything();
    if (!cluster.history().model().leases().isEmpty()) {
      throw new AssertionError("leases that do not end: " + cluster.history().model().leases());
    }
  }

  private void goOnWithOne() {
    clientsRest = random.nextBoolean();
    MemberHost survivor = new Catastrophe(cluster).survivor();
    if (survivor == null) {
      counts.add("clusters without a survivor");
      return;
    }
    ClusterTrace.line(schedule, survivor.id(), "survives");
    counts.add("clusters that went on with one member");
    clientsRest = false;
    lost = null;
    survivor.find();
    survivor.survive();
    cluster.start(survivor);
    for (int lives = random.nextInt(3); lives > 0; lives--) {
      cluster.runUntil(schedule.getAsLong() + random.nextInt(2_000) * 1_000_000L);
      cluster.end(survivor);
    }
    cluster.runUntil(schedule.getAsLong() + (8 + random.nextInt(8)) * NANOS_PER_SECOND);
    clientsRest = true;
    settle();
    checkEverything();
    if (cluster.history().members().all().size() != 1) {
      throw new AssertionError("others are left: " + cluster.history().members().all());
    }
  }

  private void count() {
    counts.add("acknowledged", clients.acknowledged());
    counts.add("reads", clients.reads());
    counts.add("entries", cluster.history().size());
    counts.add("revisions", cluster.history().model().revision());
    counts.add("terms with a leader", cluster.history().terms());
    counts.add("group changes", cluster.history().groupChanges());
    counts.add("messages", cluster.network().delivered());
    counts.add("leases that ran out", cluster.promises().expired());
    counts.add("leases promised", cluster.promises().made());
    watchers.count(counts);
    lockers.count(counts);
    clients.errors().forEach((code, count) -> counts.add("answered " + code, count));
    cluster.living().forEach(member -> counts.add("installs", member.life().state().installs()));
  }

  ClusterCounts counts() {
    return counts;
  }

  @Override
  public void close() {
    cluster.close();
    SimulatedClock.unfollow();
  }
}
