package io.kvorum.differential;

import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Runs sequences for some time, against its own Kvorum and etcd. Confined to one thread. */
final class DifferentialRun implements AutoCloseable {
  private static final Duration SHRINK_AT_MOST = Duration.ofSeconds(60);
  private static final Duration SHRINK_IN_SURVEY = Duration.ofSeconds(6);
  private static final List<String> FLAGS = List.of("--bcrypt-cost=4");

  private final ServerProcess kvorum;
  private final ServerProcess etcd;
  private final Server ours;
  private final Server theirs;
  private final Comparison comparison;

  DifferentialRun(Path directory) throws IOException, InterruptedException {
    URI ourPeer = Ports.freeUrl();
    URI theirPeer = Ports.freeUrl();
    kvorum = start(ServerKind.KVORUM, directory.resolve("kvorum"), ourPeer);
    etcd = start(ServerKind.ETCD, directory.resolve("etcd"), theirPeer);
    kvorum.awaitReady();
    etcd.awaitReady();
    ours = new Server(kvorum, ourPeer);
    theirs = new Server(etcd, theirPeer);
    comparison = new Comparison(ours, theirs);
    System.out.println("Kvorum " + ours.version() + " beside etcd " + theirs.version());
  }

  private static ServerProcess start(ServerKind kind, Path data, URI peer) throws IOException {
    return ServerProcess.launch(
        kind, data, Ports.freeUrl(), peer, FLAGS, Map.of("JVM_ARGS", "-Xmx512m"));
  }

  /**
   * Runs the sequences of seed, seed + 1 and so on.
   *
   * @return how many there were
   * @throws AssertionError at the first difference, with the shortest sequence that shows it
   */
  int run(long seed, Duration time) {
    long end = System.nanoTime() + time.toNanos();
    int count = 0;
    while (System.nanoTime() < end) {
      check(seed + count);
      count++;
    }
    return count;
  }

  /**
   * Runs the sequences of seed, seed + 1 and so on, and prints the first difference of each kind.
   *
   * @return how many sequences there were
   */
  int survey(long seed, Duration time) {
    long end = System.nanoTime() + time.toNanos();
    Set<String> kinds = new HashSet<>();
    int count = 0;
    for (; System.nanoTime() < end; count++) {
      Optional<Difference> difference = comparison.run(Sequence.of(seed + count));
      if (difference.isPresent() && kinds.add(difference.get().kind())) {
        System.out.println(
            "seed "
                + (seed + count)
                + "\n"
                + Shrinking.of(difference.get(), SHRINK_IN_SURVEY, comparison::run));
      }
    }
    return count;
  }

  /** Runs the sequence of one seed. */
  void check(long seed) {
    Optional<Difference> difference = comparison.run(Sequence.of(seed));
    if (difference.isPresent()) {
      Difference shortest = Shrinking.of(difference.get(), SHRINK_AT_MOST, comparison::run);
      throw new AssertionError("seed " + seed + " of etcd " + theirs.version() + "\n" + shortest);
    }
  }

  Comparison comparison() {
    return comparison;
  }

  @Override
  public void close() throws InterruptedException {
    ours.close();
    theirs.close();
    kvorum.close();
    etcd.close();
  }
}
