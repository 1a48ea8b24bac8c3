package io.kvorum.crash;

import io.kvorum.testing.LocalCluster;
import io.kvorum.testing.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Sets up three members and what faults need: a small disk for the last one, and a network for
 * each, where that is possible. Closing it ends and removes everything but the directory. Not
 * thread-safe.
 */
final class FaultySetting implements AutoCloseable {

  /** Which faults are wanted. */
  enum Scope {
    /** Members end, stand still, and have no space left. */
    PROCESSES,
    /** Members do not hear each other. */
    NETWORK,
    /** All of that. */
    EVERYTHING
  }

  private static final int MEMBERS = 3;
  private static final String JVM_ARGS = "-Xmx256m";
  private static final String DISK_SIZE = "256m";

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final Scope scope;
  private final SplittableRandom random;
  private final LocalCluster cluster;
  private final Optional<SmallDisk> disk;
  private final Optional<Namespaces> namespaces;

  /**
   * Members that do not run yet.
   *
   * @param directory for data and output
   * @throws Namespaces.CannotMake if members are to be cut off from each other and cannot be
   */
  FaultySetting(Path directory, Scope scope, SplittableRandom random)
      throws IOException, InterruptedException {
    this.random = random;
    this.scope = scope;
    this.namespaces =
        scope == Scope.PROCESSES ? Optional.empty() : Optional.of(Namespaces.make(MEMBERS));
    namespaces.ifPresent(opened::push);
    List<Path> disks = new ArrayList<>();
    for (int i = 1; i <= MEMBERS; i++) {
      disks.add(Files.createDirectories(directory.resolve("disk" + i)));
    }
    this.disk = scope == Scope.NETWORK ? Optional.empty() : smallDisk(disks.get(MEMBERS - 1));
    disk.ifPresent(opened::push);
    this.cluster = new LocalCluster(List.of(), Map.of("JVM_ARGS", JVM_ARGS));
    for (int i = 0; i < MEMBERS; i++) {
      String name = "m" + (i + 1);
      cluster.prepare(
          name, place(i), disks.get(i).resolve("data"), directory.resolve(name + ".log"));
    }
    opened.push(cluster);
  }

  private static Optional<SmallDisk> smallDisk(Path directory) throws InterruptedException {
    try {
      return Optional.of(SmallDisk.mount(directory, DISK_SIZE));
    } catch (SmallDisk.CannotMount e) {
      System.out.println("no full disks: " + e.getMessage());
      return Optional.empty();
    }
  }

  private Place place(int member) {
    return namespaces.map(made -> made.place(member)).orElseGet(Place::onLoopback);
  }

  /** Starts the members and lets faults happen, at least so many and for so long; then checks. */
  void run(int least, Duration atLeast) throws IOException, InterruptedException {
    cluster.found();
    cluster.awaitServing();
    Faults faults = new Faults(cluster, random.split());
    if (scope != Scope.NETWORK) {
      faults.addProcesses();
    }
    disk.ifPresent(faults::addFullDisk);
    namespaces.ifPresent(faults::addPartitions);
    new FaultRun(cluster, faults, random.split()).run(least, atLeast);
  }

  @Override
  public void close() throws Exception {
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
  }
}
