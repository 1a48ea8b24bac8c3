package io.kvorum.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.kvorum.conformance.Etcdctl;
import io.kvorum.testing.Await;
import io.kvorum.testing.LocalCluster;
import io.kvorum.testing.LocalMember;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/** Looks after a cluster as its operator does, with etcdctl alone. Confined to one thread. */
final class Operator {
  /** The time that anything may take on a busy machine. */
  static final Duration PATIENCE = Duration.ofMinutes(3);

  private final LocalCluster cluster;

  Operator(LocalCluster cluster) {
    this.cluster = cluster;
  }

  /** What a member reports of itself. */
  record Status(long memberId, long leaderId, long term, long applied, boolean isLearner) {
    boolean isLeader() {
      return memberId == leaderId;
    }
  }

  /** etcdctl that talks to one member. */
  static Etcdctl at(LocalMember member) {
    return new Etcdctl(member.client());
  }

  /** etcdctl that talks to any member that answers. */
  Etcdctl anywhere() {
    return new Etcdctl(clientsOf(running()));
  }

  List<LocalMember> running() {
    return cluster.members().stream().filter(LocalMember::isRunning).toList();
  }

  static List<URI> clientsOf(List<LocalMember> members) {
    return members.stream().map(LocalMember::client).toList();
  }

  static Status status(LocalMember member) {
    JsonObject status =
        JsonParser.parseString(at(member).ok("endpoint", "status", "-w", "json"))
            .getAsJsonArray()
            .get(0)
            .getAsJsonObject()
            .getAsJsonObject("Status");
    return new Status(
        number(status.getAsJsonObject("header"), "member_id"),
        number(status, "leader"),
        number(status, "raftTerm"),
        number(status, "raftAppliedIndex"),
        status.has("isLearner"));
  }

  /** The member that leads, once all that run agree on it. */
  LocalMember leader() {
    return until(
        "one leader of all",
        () -> {
          List<Status> statuses = running().stream().map(Operator::status).toList();
          Set<Long> leaders = statuses.stream().map(Status::leaderId).collect(Collectors.toSet());
          for (LocalMember member : running()) {
            if (leaders.size() == 1 && leaders.contains(status(member).memberId())) {
              return member;
            }
          }
          throw new AssertionError("they say " + statuses);
        });
  }

  LocalMember follower() {
    LocalMember leader = leader();
    return running().stream().filter(member -> member != leader).findFirst().orElseThrow();
  }

  /** Adds a member to the cluster, and starts it. */
  void add(LocalMember member, boolean asLearner) throws Exception {
    List<String> command = new ArrayList<>(List.of("member", "add", member.name()));
    if (asLearner) {
      command.add("--learner");
    }
    command.add("--peer-urls=" + member.peer());
    Etcdctl some = anywhere();
    until("member add", () -> some.ok(command.toArray(new String[0])));
    // Before it serves: a learner refuses to list members, as in etcd.
    String id = hex(idOf(member));
    cluster.start(member, "existing");
    member.process().awaitReady();
    if (asLearner) {
      until("member promote", () -> some.ok("member", "promote", id));
    }
  }

  /** Removes a member through another one. */
  void remove(LocalMember member) {
    LocalMember other =
        running().stream().filter(candidate -> candidate != member).findFirst().orElseThrow();
    String id = hex(idOf(member));
    until("member remove", () -> at(other).ok("member", "remove", id));
    cluster.forget(member);
  }

  /** The id of a member, by its peer URL. */
  long idOf(LocalMember member) {
    JsonObject list =
        JsonParser.parseString(anywhere().ok("member", "list", "-w", "json")).getAsJsonObject();
    for (JsonElement known : list.getAsJsonArray("members")) {
      JsonObject each = known.getAsJsonObject();
      if (each.getAsJsonArray("peerURLs")
          .toString()
          .contains('"' + member.peer().toString() + '"')) {
        return number(each, "ID");
      }
    }
    throw new AssertionError(member.name() + " is not in " + list);
  }

  static String hex(long id) {
    return Long.toHexString(id);
  }

  /**
   * Waits until there are so many members, none of them a learner, and all that run lead or follow.
   */
  void awaitVoters(int count) {
    until(
        count + " voters",
        () -> {
          String list = anywhere().ok("member", "list");
          assertThat(list.lines()).hasSize(count).allMatch(line -> line.endsWith(", false"));
          assertThat(list.lines()).allMatch(line -> line.contains(", started, "));
          return list;
        });
    leader();
  }

  /** Waits until all that run hold the same at what is the latest revision now. */
  void awaitAgreement() {
    String revision = String.valueOf(anywhere().revision());
    until(
        "agreement",
        () -> {
          Set<String> contents =
              running().stream()
                  .map(member -> contents(member, revision))
                  .collect(Collectors.toSet());
          assertThat(contents.size()).as("contents at revision %s", revision).isOne();
          return contents;
        });
  }

  /** All keys as the member itself holds them, with values and revisions. */
  private static String contents(LocalMember member, String revision) {
    String answer =
        at(member)
            .ok("get", "", "--from-key", "--rev=" + revision, "--consistency=s", "-w", "json");
    return String.valueOf(JsonParser.parseString(answer).getAsJsonObject().get("kvs"));
  }

  private static long number(JsonObject object, String name) {
    return object.has(name) ? new BigInteger(object.get(name).getAsString()).longValue() : 0;
  }

  /** Asks again, as an operator would, until the request succeeds. */
  static <T> T until(String what, Callable<T> question) {
    return Await.answer(what, PATIENCE, question);
  }
}
