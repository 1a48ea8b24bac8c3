package io.kvorum.crash;

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
 * Three members and what is needed to make life hard for them: a small disk for the last one, and
 * networks of their own, where that is possible. Closing it ends and removes everything but the
 * directory. Not thread-safe.
 */
final class FaultySetting implements AutoCloseable {

  private static final int MEMBERS = 3;
  private static final String DISK_SIZE = "256m";

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final SplittableRandom random;
  private final Cluster cluster;
  private final Optional<SmallDisk> disk;
  private final Optional<Namespaces> namespaces;

  /**
   * Members that do not run yet.
   *
   * @param directory for data and output
   * @param withNamespaces true for members that can be cut off from each other
   * @throws Namespaces.CannotMake if that is wanted and impossible
   */
  FaultySetting(Path directory, boolean withNamespaces, SplittableRandom random)
      throws IOException, InterruptedException {
    this.random = random;
    this.namespaces = withNamespaces ? Optional.of(Namespaces.make(MEMBERS)) : Optional.empty();
    namespaces.ifPresent(opened::push);
    List<Path> data = new ArrayList<>();
    for (int i = 1; i <= MEMBERS; i++) {
      data.add(Files.createDirectories(directory.resolve("disk" + i)).resolve("data"));
    }
    this.disk = smallDisk(data.get(MEMBERS - 1).getParent());
    disk.ifPresent(opened::push);
    this.cluster = new Cluster(places(), data, Map.of());
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

  private List<Place> places() {
    if (namespaces.isPresent()) {
      return namespaces.get().places();
    }
    List<Place> places = new ArrayList<>();
    for (int i = 0; i < MEMBERS; i++) {
      places.add(Place.onLoopback(random));
    }
    return places;
  }

  /** Starts the members and lets faults happen, at least so many and for so long; then checks. */
  void run(int least, Duration atLeast) throws IOException, InterruptedException {
    cluster.start();
    Faults faults = new Faults(cluster, disk, namespaces, random.split());
    new FaultRun(cluster, faults, random.split()).run(least, atLeast);
  }

  @Override
  public void close() throws Exception {
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
  }
}
