package io.kvorum.testing;

import io.kvorum.proto.etcdserverpb.StatusResponse;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Runs the members of one cluster, each as a real process of this build, by default on free ports
 * of this machine. Closing it kills those that still run. Confined to one thread.
 */
public final class LocalCluster implements AutoCloseable {
  private static final Duration LEADER_AT_MOST = Duration.ofMinutes(1);

  private final List<String> flags;
  private final Map<String, String> environment;
  private final List<LocalMember> members = new ArrayList<>();

  /**
   * A cluster without members so far.
   *
   * @param flags for each member, at each start
   */
  public LocalCluster(List<String> flags, Map<String, String> environment) {
    this.flags = List.copyOf(flags);
    this.environment = Map.copyOf(environment);
  }

  /** Founds a cluster of m1 and so on, and waits until each is ready. */
  public static LocalCluster of(int size, String... flags)
      throws IOException, InterruptedException {
    LocalCluster cluster = new LocalCluster(List.of(flags), smallHeap());
    try {
      for (int i = 1; i <= size; i++) {
        cluster.prepare("m" + i);
      }
      cluster.found();
      return cluster;
    } catch (IOException | InterruptedException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  /** Heaps so small that many members fit on a small machine. */
  public static Map<String, String> smallHeap() {
    return System.getenv().containsKey("JVM_ARGS") ? Map.of() : Map.of("JVM_ARGS", "-Xmx192m");
  }

  /** Starts all prepared members as a new cluster, and waits until each is ready. */
  public void found() throws IOException, InterruptedException {
    for (LocalMember member : members) {
      start(member, "new");
    }
    for (LocalMember member : members) {
      member.process().awaitReady();
    }
  }

  /** A further member with its own place and fresh directory; not started. */
  public LocalMember prepare(String name) throws IOException {
    return prepare(name, ServerUnderTest.freshDirectory(name));
  }

  /** A further member with its own place on the loopback interface; not started. */
  public LocalMember prepare(String name, Path dataDirectory) {
    Path output = ServerProcess.outputBeside(dataDirectory);
    return prepare(name, Place.onLoopback(), dataDirectory, output);
  }

  /**
   * A further member; not started.
   *
   * @param output the file to which the output of all its lives is appended
   */
  public LocalMember prepare(String name, Place place, Path dataDirectory, Path output) {
    LocalMember member = new LocalMember(name, place, dataDirectory, output, environment);
    members.add(member);
    return member;
  }

  /** Starts a member of the founded cluster again, without waiting. */
  public ServerProcess restart(LocalMember member) throws IOException {
    return start(member, "new");
  }

  /** Starts a member, again or for the first time, without waiting. */
  public ServerProcess start(LocalMember member, String clusterState, String... more)
      throws IOException {
    return start(member, members, clusterState, more);
  }

  /** The same with those members in its {@code --initial-cluster}. */
  public ServerProcess start(
      LocalMember member, Collection<LocalMember> initial, String clusterState, String... more)
      throws IOException {
    List<String> all = new ArrayList<>(flags);
    all.add("--initial-cluster=" + initialCluster(initial));
    all.add("--initial-cluster-state=" + clusterState);
    all.addAll(List.of(more));
    return member.launch(all);
  }

  /** Drops a member; its process is the caller's to watch and to end. */
  public void forget(LocalMember member) {
    members.remove(member);
  }

  /** All that were prepared and not forgotten, the oldest first. */
  public List<LocalMember> members() {
    return List.copyOf(members);
  }

  public LocalMember member(int index) {
    return members.get(index);
  }

  /** All members but one. */
  public List<LocalMember> without(LocalMember one) {
    return members.stream().filter(member -> member != one).toList();
  }

  /** Waits until every member answers reads that need a leader and a quorum. */
  public void awaitServing() {
    members.forEach(LocalMember::awaitServing);
  }

  /** Waits until a running member says that it leads; the one of the latest term if several do. */
  public LocalMember awaitLeader() {
    return Await.answer(
        "a leader",
        LEADER_AT_MOST,
        () -> {
          LocalMember leader = null;
          long term = 0;
          for (LocalMember member : members) {
            if (member.isRunning()) {
              StatusResponse status = member.status();
              if (status.getLeader() == status.getHeader().getMemberId()
                  && status.getRaftTerm() > term) {
                term = status.getRaftTerm();
                leader = member;
              }
            }
          }
          if (leader == null) {
            throw new AssertionError("no member leads");
          }
          return leader;
        });
  }

  /** Waits until a running member follows a leader; it does as long as leadership does not move. */
  public LocalMember awaitFollower() {
    return Await.answer(
        "a follower of a leader",
        LEADER_AT_MOST,
        () -> {
          for (LocalMember member : members) {
            if (member.isRunning()) {
              StatusResponse status = member.status();
              if (status.getLeader() != 0
                  && status.getLeader() != status.getHeader().getMemberId()) {
                return member;
              }
            }
          }
          throw new AssertionError("no member follows");
        });
  }

  /** The URLs for clients. */
  public List<URI> clients() {
    return members.stream().map(LocalMember::client).toList();
  }

  /** The last lines of each, to be appended to a failure. */
  public String lastOutput() {
    return members.stream().map(LocalMember::lastOutput).collect(Collectors.joining());
  }

  /** The value of {@code --initial-cluster} for those. */
  public static String initialCluster(Collection<LocalMember> members) {
    return members.stream()
        .map(member -> member.name() + "=" + member.peer())
        .collect(Collectors.joining(","));
  }

  @Override
  public void close() {
    members.forEach(LocalMember::close);
  }
}
