package io.kvorum.sim;

import io.kvorum.watch.FollowingClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Watches a simulated cluster: each watcher moves from member to member. */
final class ClusterWatchers {
  private static final int MOST_STEPS_TO_SETTLE = 100_000;

  private static final class Watcher {
    private final FollowingClient client;
    private @Nullable MemberLife through;

    private Watcher(FollowingClient client) {
      this.client = client;
    }

    private void leave() {
      client.disconnect();
      through = null;
    }

    private void follow(MemberLife life) {
      leave();
      through = life;
      client.connect(life.hub());
    }
  }

  private final Cluster cluster;
  private final Random random;
  private final List<Watcher> watchers = new ArrayList<>();
  private final int pauseMillis;

  ClusterWatchers(Cluster cluster) {
    this.cluster = cluster;
    this.random = cluster.random();
    this.pauseMillis = 5 + random.nextInt(100);
    RandomRequests requests = new RandomRequests(random, cluster.history().model());
    for (int left = random.nextInt(5); left > 0; left--) {
      watchers.add(
          new Watcher(
              new FollowingClient(
                  cluster.history().watched(), requests.watched(), random.nextBoolean())));
    }
  }

  void begin() {
    cluster
        .schedule()
        .afterMillis(
            random.nextInt(2 * pauseMillis),
            () -> {
              act();
              begin();
            });
  }

  private void act() {
    for (MemberHost member : cluster.living()) {
      if (cluster.schedule().getAsLong() >= member.frozenUntil()) {
        for (int steps = random.nextInt(6); steps > 0; steps--) {
          member.life().hub().step();
        }
      }
    }
    for (Watcher watcher : watchers) {
      moveOn(watcher);
      watcher.client.read(random.nextInt(8));
      if (random.nextInt(20) == 0) {
        watcher.client.requestProgress();
      }
    }
  }

  /** A watcher whose member has ended finds another one; sometimes one just wants another one. */
  private void moveOn(Watcher watcher) {
    MemberLife through = watcher.through;
    if (through != null && through.member().life() != through) {
      watcher.leave();
    }
    if (watcher.through == null || random.nextInt(100) == 0) {
      MemberLife next = cluster.anyLife();
      if (next != null) {
        watcher.follow(next);
      }
    }
  }

  /** A removed member that does not know it yet reports nothing new. */
  private void moveToOneThatIsLevel(Watcher watcher) {
    moveOn(watcher);
    while (watcher.through == null
        || watcher.through.state().core().appliedIndex() < cluster.history().size()) {
      watcher.follow(cluster.anyLife());
    }
  }

  /** Lets every watcher read to the end, and checks that it has missed nothing. */
  void settle() {
    watchers.forEach(this::moveToOneThatIsLevel);
    boolean works = true;
    for (int step = 0; works; step++) {
      if (step == MOST_STEPS_TO_SETTLE) {
        throw new AssertionError("the watch hubs never rest");
      }
      works = false;
      for (MemberHost member : cluster.living()) {
        works |= member.life().hub().step();
      }
      for (Watcher watcher : watchers) {
        works |= watcher.client.read(100);
      }
    }
    for (Watcher watcher : watchers) {
      watcher.client.expectComplete(cluster.history().model().revision());
    }
  }

  void count(ClusterCounts counts) {
    for (Watcher watcher : watchers) {
      counts.add("events watched", watcher.client.events());
      counts.add("watchers that met a compaction", watcher.client.compactions());
    }
  }
}
