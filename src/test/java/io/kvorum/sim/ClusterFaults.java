package io.kvorum.sim;

import io.kvorum.membership.MemberView;
import io.kvorum.model.ClusterMember;
import io.kvorum.service.ClusterService;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Injects faults into a simulated cluster: each kind at random times. */
final class ClusterFaults {

  private record Kind(String name, int weight, Runnable action) {}

  private final Cluster cluster;
  private final ClusterClients clients;
  private final Random random;
  private final ClusterSchedule schedule;
  private final int mostMembers;
  private final int pauseMillis;
  private final List<Kind> kinds = new ArrayList<>();
  private boolean isOver;
  private long nextNumber;

  ClusterFaults(Cluster cluster, ClusterClients clients, int mostMembers) {
    this.cluster = cluster;
    this.clients = clients;
    this.mostMembers = mostMembers;
    this.random = cluster.random();
    this.schedule = cluster.schedule();
    this.pauseMillis = 50 + random.nextInt(random.nextInt(3) == 0 ? 200 : 2_500);
    this.nextNumber = cluster.founderIds().size() + 1L;
    add("crashes", 3, () -> life(member -> life(member).crashPoint().crashAfter(chance(40))));
    add("sudden ends", 2, () -> life(cluster::end));
    add(
        "broken disks",
        1,
        () -> life(member -> life(member).crashPoint().breakDiskAfter(chance(30))));
    add("restarts", 2, () -> life(this::restart));
    add("freezes", 2, () -> life(member -> member.freezeUntil(later(3_000))));
    add("slow disks", 2, () -> life(member -> member.slowUntil(later(3_000))));
    add("partitions", 3, this::partition);
    add("cut ways", 3, this::cutWay);
    add("transfers", 2, this::transfer);
    add(
        "planned transfers",
        1,
        () -> life(member -> life(member).consensus().transferLeadership()));
    add("member changes", 4, this::changeMembers);
  }

  /** Each simulation has its own mixture; some of them lack something. */
  private void add(String name, int weight, Runnable action) {
    int mine = random.nextInt(5) == 0 ? 0 : weight * (1 + random.nextInt(3));
    if (mine > 0) {
      kinds.add(new Kind(name, mine, action));
    }
  }

  void begin() {
    schedule.afterMillis(chance(2 * pauseMillis), this::strike);
  }

  /** Ends the faults. */
  void end() {
    isOver = true;
  }

  private void strike() {
    if (isOver) {
      return;
    }
    int dice = random.nextInt(Math.max(1, kinds.stream().mapToInt(Kind::weight).sum()));
    for (Kind kind : kinds) {
      dice -= kind.weight();
      if (dice < 0) {
        ClusterTrace.line(schedule, 0, kind.name());
        cluster.counts().add(kind.name());
        kind.action().run();
        break;
      }
    }
    begin();
  }

  private int chance(int below) {
    return random.nextInt(below);
  }

  private long later(int mostMillis) {
    return schedule.getAsLong() + 1_000_000L * chance(mostMillis);
  }

  private interface OnMember {
    void run(MemberHost member);
  }

  private void life(OnMember action) {
    MemberHost member = anyone();
    if (member != null) {
      action.run(member);
    }
  }

  private static MemberLife life(MemberHost member) {
    MemberLife life = member.life();
    if (life == null) {
      throw new IllegalStateException("member " + member.id() + " does not live");
    }
    return life;
  }

  private void restart(MemberHost member) {
    life(member).consensus().close();
    cluster.end(member, true);
  }

  private void partition() {
    List<Long> one = new ArrayList<>();
    List<Long> other = new ArrayList<>();
    cluster.members().forEach(member -> (random.nextBoolean() ? one : other).add(member.id()));
    boolean isNoticed = random.nextBoolean();
    for (long a : one) {
      for (long b : other) {
        cluster.network().cut(a, b, isNoticed);
        cluster.network().cut(b, a, isNoticed);
      }
    }
    schedule.afterMillis(
        chance(8_000),
        () -> {
          for (long a : one) {
            for (long b : other) {
              cluster.network().heal(a, b);
              cluster.network().heal(b, a);
            }
          }
        });
  }

  private void cutWay() {
    List<MemberHost> members = cluster.members();
    long from = members.get(chance(members.size())).id();
    long to = members.get(chance(members.size())).id();
    if (from != to) {
      cluster.network().cut(from, to, random.nextBoolean());
      schedule.afterMillis(chance(6_000), () -> cluster.network().heal(from, to));
    }
  }

  private @Nullable MemberHost leader() {
    for (MemberHost member : cluster.living()) {
      if (life(member).consensus().status().isLeader()) {
        return member;
      }
    }
    return anyone();
  }

  private void transfer() {
    MemberHost from = leader();
    if (from != null) {
      List<MemberHost> members = cluster.members();
      long to = members.get(chance(members.size())).id();
      CompletableFuture<Void> transferred = life(from).consensus().transferLeadership(to);
      life(from).stir();
      CompletableFuture<Void> unused =
          transferred.thenRun(() -> cluster.counts().add("transfers that succeeded"));
    }
  }

  private void changeMembers() {
    MemberHost through = random.nextInt(3) == 0 ? leader() : anyone();
    if (through != null) {
      clients.unheard(() -> changeMembers(life(through)));
    }
  }

  private void changeMembers(MemberLife through) {
    MemberView table = through.state().core().members();
    ClusterService service = through.services().cluster();
    List<Long> learners = new ArrayList<>(new TreeSet<>(table.learners()));
    int dice = chance(10);
    if (dice < 4 && table.members().size() < mostMembers) {
      String url = Cluster.peerUrl(nextNumber++);
      CompletableFuture<?> unused = service.memberAdd(List.of(url), dice == 3);
    } else if (dice < 6 && !learners.isEmpty()) {
      long id = learners.get(chance(learners.size()));
      CompletableFuture<?> unused = service.memberPromote(id);
    } else if (dice == 6) {
      ClusterMember moved = table.members().get(chance(table.members().size()));
      String url = Cluster.peerUrl(nextNumber++);
      CompletableFuture<?> unused = service.memberUpdate(moved.id(), List.of(url));
    } else if (table.members().size() > 1) {
      MemberHost leader = leader();
      boolean isLeader = leader != null && random.nextInt(3) == 0;
      long id = isLeader ? leader.id() : table.members().get(chance(table.members().size())).id();
      CompletableFuture<?> unused = service.memberRemove(id);
    }
  }

  private @Nullable MemberHost anyone() {
    MemberLife life = cluster.anyLife();
    return life == null ? null : life.member();
  }
}
