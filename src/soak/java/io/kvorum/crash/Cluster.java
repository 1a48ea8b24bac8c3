package io.kvorum.crash;

import io.kvorum.proto.etcdserverpb.StatusResponse;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Members that run as processes of their own, through the real launcher. Not thread-safe. */
final class Cluster implements AutoCloseable {

  private static final Duration LEADER_AT_MOST = Duration.ofSeconds(60);

  private final List<ClusterMember> members = new ArrayList<>();

  /**
   * Members m1, m2, ... that do not run yet.
   *
   * @param directories the data directory of each
   */
  Cluster(List<Place> places, List<Path> directories, Map<String, String> environment) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < places.size(); i++) {
      parts.add("m" + (i + 1) + "=" + places.get(i).peer());
    }
    Map<String, String> variables = new HashMap<>(environment);
    variables.putIfAbsent("JVM_ARGS", "-Xmx256m");
    for (int i = 0; i < places.size(); i++) {
      members.add(
          new ClusterMember(
              "m" + (i + 1),
              places.get(i),
              directories.get(i),
              String.join(",", parts),
              variables));
    }
  }

  List<ClusterMember> members() {
    return List.copyOf(members);
  }

  List<URI> endpoints() {
    return members.stream().map(ClusterMember::endpoint).toList();
  }

  /** Starts all of them and waits until all serve. */
  void start() throws IOException {
    for (ClusterMember member : members) {
      member.start();
    }
    awaitServing();
  }

  /** Waits until every member serves. */
  void awaitServing() {
    members.forEach(ClusterMember::awaitServing);
  }

  /** Waits until a member says that it leads; the one of the latest term if several do. */
  ClusterMember awaitLeader() {
    List<ClusterMember> found = new ArrayList<>();
    Pause.untilTrue(
        "a member says that it leads",
        LEADER_AT_MOST,
        () -> {
          long term = 0;
          for (ClusterMember member : members) {
            if (member.runs()) {
              StatusResponse status = member.status();
              if (status.getLeader() == status.getHeader().getMemberId()
                  && status.getRaftTerm() > term) {
                term = status.getRaftTerm();
                found.add(member);
              }
            }
          }
          return !found.isEmpty();
        });
    return found.get(found.size() - 1);
  }

  /** The others. */
  List<ClusterMember> without(ClusterMember one) {
    return members.stream().filter(member -> member != one).toList();
  }

  /** What each said last, to be put into a failure. */
  String lastOutput() {
    return members.stream().map(ClusterMember::lastOutput).collect(Collectors.joining());
  }

  @Override
  public void close() throws InterruptedException {
    for (ClusterMember member : members) {
      member.close();
    }
  }
}
