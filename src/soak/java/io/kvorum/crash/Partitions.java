package io.kvorum.crash;

import io.kvorum.crash.Faults.Fault;
import io.kvorum.testing.LocalCluster;
import io.kvorum.testing.Pause;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Cuts members off from each other for a while, in both directions or in one. Clients reach every
 * member all the time. Not thread-safe.
 */
final class Partitions {

  private static final int LEAST_MILLIS = 1_500;
  private static final int MOST_MILLIS = 5_000;

  /** What one member sends does not reach the other; both by their index. */
  private record Cut(int from, int to) {
    Cut backwards() {
      return new Cut(to, from);
    }
  }

  private final LocalCluster cluster;
  private final Namespaces network;
  private final SplittableRandom random;

  Partitions(LocalCluster cluster, Namespaces network, SplittableRandom random) {
    this.cluster = cluster;
    this.network = network;
    this.random = random;
  }

  List<Fault> kinds() {
    return List.of(
        new Fault("the leader is cut off", () -> lose(both(fromLeader()))),
        new Fault("a follower is cut off", () -> lose(both(from(follower())))),
        new Fault("no member hears the leader", () -> lose(fromLeader())),
        new Fault("the leader hears no member", () -> lose(backwards(fromLeader()))),
        new Fault("a follower does not hear the leader", () -> lose(oneOf(fromLeader()))),
        new Fault(
            "the leader does not hear a follower", () -> lose(backwards(oneOf(fromLeader())))),
        new Fault(
            "the leader and a follower do not hear each other",
            () -> lose(both(oneOf(fromLeader())))),
        new Fault("the followers do not hear each other", () -> lose(both(betweenFollowers()))));
  }

  private void lose(List<Cut> cuts) throws InterruptedException {
    for (Cut cut : cuts) {
      network.cut(cut.from(), cut.to());
    }
    Pause.of(random.nextInt(LEAST_MILLIS, MOST_MILLIS));
    for (Cut cut : cuts) {
      network.mend(cut.from(), cut.to());
    }
  }

  private int leader() {
    return cluster.members().indexOf(cluster.awaitLeader());
  }

  private int follower() {
    return oneOf(fromLeader()).get(0).to();
  }

  private List<Cut> fromLeader() {
    return from(leader());
  }

  private List<Cut> from(int one) {
    List<Cut> cuts = new ArrayList<>();
    for (int other = 0; other < cluster.members().size(); other++) {
      if (other != one) {
        cuts.add(new Cut(one, other));
      }
    }
    return cuts;
  }

  private List<Cut> betweenFollowers() {
    List<Cut> fromLeader = fromLeader();
    return List.of(new Cut(fromLeader.get(0).to(), fromLeader.get(1).to()));
  }

  private List<Cut> oneOf(List<Cut> cuts) {
    return List.of(cuts.get(random.nextInt(cuts.size())));
  }

  private static List<Cut> backwards(List<Cut> cuts) {
    return cuts.stream().map(Cut::backwards).toList();
  }

  private static List<Cut> both(List<Cut> cuts) {
    List<Cut> all = new ArrayList<>(cuts);
    all.addAll(backwards(cuts));
    return all;
  }
}
