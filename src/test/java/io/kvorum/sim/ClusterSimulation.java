package io.kvorum.sim;

import io.kvorum.consensus.ConsensusStatus;
import io.kvorum.consensus.hazelcast.RaftSettings;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Several members with the real consensus driver, one thread, and one seed that decides everything:
 * when rounds run, when messages arrive, what is lost, who is cut off, who ends, whose disk breaks,
 * who becomes a member and who is none any more.
 *
 * <p>First the cluster is beset, then everything heals, and it must come to rest: with one leader,
 * one state, and an answer for everybody.
 */
public final class ClusterSimulation implements AutoCloseable {
  private static final int MOST_SECONDS_TO_SETTLE = 90;

  private final Random random;
  private final ClusterCounts counts = new ClusterCounts();
  private final Cluster cluster;
  private final ClusterSchedule schedule;
  private final ClusterClients clients;
  private final ClusterFaults faults;
  private final int clientPauseMillis;
  private boolean clientsRest;
  private @Nullable ClusterMember lost;

  public ClusterSimulation(long seed) {
    random = new Random(seed);
    SimulatedRandom.seedEngine(seed);
    int founders = random.nextInt(12) == 0 ? 7 : 1 + random.nextInt(5);
    cluster = new Cluster(random, founders, settings(), quality(), counts);
    schedule = cluster.schedule();
    clients = new ClusterClients(cluster.history());
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
    makeDurable();
    cluster.runUntil(schedule.getAsLong() + (8 + random.nextInt(25)) * 1_000_000_000L);
    heal();
    settle();
    clients.check();
    clients.checkRefused();
    count();
  }

  private void actAsClients() {
    schedule.afterMillis(
        random.nextInt(2 * clientPauseMillis),
        () -> {
          if (!clientsRest) {
            actOnce();
            actAsClients();
          }
        });
  }

  private void actOnce() {
    clients.check();
    ClusterMember member = cluster.anyLiving();
    ClusterMember.Life life = member == null ? null : member.life();
    if (life == null) {
      return;
    }
    int dice = random.nextInt(10);
    if (dice < 5) {
      for (int left = 1 + random.nextInt(4); left > 0; left--) {
        clients.propose(life, random.nextInt(20) == 0 ? 500 : random.nextInt(30));
      }
    } else {
      clients.read(life);
    }
  }

  /** The history follows in its own time. */
  private void makeDurable() {
    for (ClusterMember member : cluster.living()) {
      ClusterMember.Life life = member.life();
      if (life != null && !life.hasEnded() && random.nextInt(3) > 0) {
        life.state().recorded().makeDurable(random.nextInt(40));
      }
    }
    schedule.afterMillis(random.nextInt(200), this::makeDurable);
  }

  private void heal() {
    ClusterTrace.line(schedule, 0, "heals");
    faults.end();
    clientsRest = true;
    cluster.network().become(new SimulatedNetwork.Quality(2, 0, 0, true));
    cluster.network().healAll();
    lost = loseOne();
    for (ClusterMember member : cluster.members()) {
      member.freezeUntil(0);
      member.slowUntil(0);
      ClusterMember.Life life = member.life();
      if (life == null) {
        cluster.start(member);
      } else {
        life.crashPoint().relent();
      }
    }
  }

  /** Sometimes one of the voters never comes back, and the others do without. */
  private @Nullable ClusterMember loseOne() {
    List<Long> voters = List.copyOf(cluster.history().group());
    boolean isTold = cluster.history().table().voters().equals(cluster.history().group());
    if (!isTold || voters.size() < 3 || random.nextBoolean()) {
      return null;
    }
    ClusterMember loser = cluster.member(voters.get(random.nextInt(voters.size())));
    counts.add("members lost for good");
    ClusterTrace.line(schedule, loser.id(), "is lost for good");
    loser.lose(cluster);
    return loser;
  }

  /** A change that was under way may leave a group that cannot do without. */
  private void findAgain() {
    ClusterMember member = lost;
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
              || !cluster.history().group().equals(cluster.history().table().voters()))) {
        findAgain();
      }
      cluster.runUntil(schedule.getAsLong() + 1_000_000_000L);
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
    if (!history.group().equals(history.table().voters())) {
      return "the group is " + history.group() + ", but there are " + history.table();
    }
    long leaderId = 0;
    for (long id : history.table().all()) {
      if (cluster.member(id) == lost) {
        continue;
      }
      ClusterMember.Life life = cluster.member(id).life();
      if (life == null) {
        return "member " + id + " does not run";
      }
      ConsensusStatus status = life.consensus().status();
      if (!status.hasLeader() || (leaderId != 0 && leaderId != status.leaderId())) {
        return "member %d follows %d, another %d".formatted(id, status.leaderId(), leaderId);
      }
      leaderId = status.leaderId();
      if (status.appliedIndex() != history.size()) {
        return "member %d applied %d of %d".formatted(id, status.appliedIndex(), history.size());
      }
      if (life.unanswered() > 0) {
        return "member %d owes %d answers".formatted(id, life.unanswered());
      }
    }
    return history.table().voters().contains(leaderId)
        ? ""
        : leaderId + " leads, but does not vote";
  }

  private void count() {
    counts.add("acknowledged", clients.acknowledged());
    counts.add("reads", clients.reads());
    counts.add("entries", cluster.history().size());
    counts.add("terms with a leader", cluster.history().terms());
    counts.add("group changes", cluster.history().groupChanges());
    counts.add("messages", cluster.network().delivered());
    clients.errors().forEach((code, count) -> counts.add("answered " + code, count));
    cluster.living().forEach(member -> counts.add("installs", member.life().state().installs()));
  }

  ClusterCounts counts() {
    return counts;
  }

  @Override
  public void close() {
    SimulatedClock.unfollow();
  }
}
