package io.kvorum.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.LocalCluster;
import io.kvorum.testing.LocalMember;
import io.kvorum.testing.Pause;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;

/**
 * Injects faults into a cluster, in random order; each kind happens before any happens again. A
 * fault is over when its {@link Fault#happen} returns: what can be undone is undone and what was
 * ended has been started again, though it may not serve yet. Not thread-safe.
 */
final class Faults {

  private static final int LEAST_MILLIS = 300;
  private static final int LEAST_LONG_MILLIS = 1_500;
  private static final int MOST_MILLIS = 4_000;

  /** A kind of fault. */
  record Fault(String name, Course course) {
    void happen() throws IOException, InterruptedException {
      course.run();
    }
  }

  /** Runs a fault from its begin to its end. */
  interface Course {
    void run() throws IOException, InterruptedException;
  }

  private final LocalCluster cluster;
  private final SplittableRandom random;
  private final List<Fault> kinds = new ArrayList<>();
  private final Deque<Fault> next = new ArrayDeque<>();

  /** No faults yet; {@link #addProcesses} and others say which may happen. */
  Faults(LocalCluster cluster, SplittableRandom random) {
    this.cluster = cluster;
    this.random = random;
  }

  /** Adds faults in which processes end or stand still. */
  void addProcesses() {
    add("kill -9 of the leader", () -> kill(List.of(cluster.awaitLeader())));
    add("kill -9 of a follower", () -> kill(List.of(follower())));
    add("kill -9 of all", () -> kill(cluster.members()));
    add("SIGTERM for the leader", () -> terminate(cluster.awaitLeader()));
    add("SIGSTOP of the leader", () -> pause(cluster.awaitLeader()));
    add("SIGSTOP of a follower", () -> pause(follower()));
  }

  /** Adds the fault that the disk of the last member gets full. */
  void addFullDisk(SmallDisk disk) {
    add("a full disk", () -> fill(disk));
  }

  /** Adds the faults in which members do not hear each other. */
  void addPartitions(Namespaces network) {
    kinds.addAll(new Partitions(cluster, network, random.split()).kinds());
  }

  private void add(String name, Course course) {
    kinds.add(new Fault(name, course));
  }

  Fault next() {
    if (next.isEmpty()) {
      List<Fault> shuffled = new ArrayList<>(kinds);
      Collections.shuffle(shuffled, new Random(random.nextLong()));
      next.addAll(shuffled);
    }
    return next.remove();
  }

  private LocalMember follower() {
    return oneOf(cluster.without(cluster.awaitLeader()));
  }

  private LocalMember oneOf(List<LocalMember> members) {
    return members.get(random.nextInt(members.size()));
  }

  /** Longer than an election takes or not even that. */
  private long someMillis() {
    return random.nextInt(LEAST_MILLIS, MOST_MILLIS);
  }

  private long moreThanAnElection() {
    return random.nextInt(LEAST_LONG_MILLIS, MOST_MILLIS);
  }

  private void kill(List<LocalMember> members) throws IOException {
    members.forEach(LocalMember::kill);
    Pause.of(someMillis());
    for (LocalMember member : members) {
      cluster.restart(member);
    }
  }

  private void terminate(LocalMember member) throws IOException, InterruptedException {
    member.stop();
    Pause.of(someMillis());
    cluster.restart(member);
  }

  private void pause(LocalMember member) throws InterruptedException {
    member.pause();
    Pause.of(moreThanAnElection());
    member.resume();
  }

  private void fill(SmallDisk disk) throws IOException, InterruptedException {
    LocalMember member = cluster.members().get(cluster.members().size() - 1);
    disk.fill();
    assertThat(member.process().awaitExit()).as("exit status with a full disk").isEqualTo(1);
    Pause.of(someMillis());
    disk.relieve();
    cluster.restart(member);
  }
}
