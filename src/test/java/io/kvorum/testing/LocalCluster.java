package io.kvorum.testing;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Members of one cluster, each a real process of this build on free ports of this machine. Closing
 * it kills those that still run. Confined to one thread.
 */
public final class LocalCluster implements AutoCloseable {
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

  /** Founds a cluster, and waits until each member can be used. */
  public static LocalCluster of(int size, String... flags)
      throws IOException, InterruptedException {
    LocalCluster cluster = new LocalCluster(List.of(flags), smallHeap());
    try {
      cluster.found(size);
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

  /** Founds it with so many members, m1 and so on, and waits until each can be used. */
  public void found(int size) throws IOException, InterruptedException {
    for (int i = 1; i <= size; i++) {
      prepare("m" + i);
    }
    for (LocalMember member : members) {
      start(member, "new");
    }
    for (LocalMember member : members) {
      member.process().awaitReady();
    }
  }

  /** A further member, with places, but not started. */
  public LocalMember prepare(String name) throws IOException {
    Path directory = ServerUnderTest.freshDirectory(name);
    LocalMember member = new LocalMember(name, directory, environment);
    members.add(member);
    return member;
  }

  /** Starts a member, again or for the first time, and does not wait for it. */
  public ServerProcess start(LocalMember member, String clusterState, String... more)
      throws IOException {
    return start(member, members, clusterState, more);
  }

  /** The same, but it is told that those are the members. */
  public ServerProcess start(
      LocalMember member, Collection<LocalMember> initial, String clusterState, String... more)
      throws IOException {
    List<String> all = new ArrayList<>(flags);
    all.add("--initial-cluster=" + initialCluster(initial));
    all.add("--initial-cluster-state=" + clusterState);
    all.addAll(List.of(more));
    return member.launch(all);
  }

  /** A member is no longer one of them; its process is the caller's to watch and to end. */
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

  /**
   * One that follows, found out by its metrics; for as long as leadership does not move.
   *
   * @throws IllegalStateException if there is none within a minute
   */
  public LocalMember aFollower() throws IOException, InterruptedException {
    HttpClient http = HttpClient.newHttpClient();
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (System.nanoTime() < deadline) {
      for (LocalMember member : members) {
        HttpRequest metrics = HttpRequest.newBuilder(member.client().resolve("/metrics")).build();
        String said = http.send(metrics, HttpResponse.BodyHandlers.ofString()).body();
        if (said.contains("\netcd_server_has_leader 1\n")
            && said.contains("\netcd_server_is_leader 0\n")) {
          return member;
        }
      }
    }
    throw new IllegalStateException("no follower of a leader after a minute");
  }

  /** Where clients find them. */
  public List<URI> clients() {
    return members.stream().map(LocalMember::client).toList();
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
