package io.kvorum.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.kvorum.testing.ServerUnderTest;
import io.kvorum.testing.SharedServer;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;

/** Changes of a cluster of one by members that never start. Each test leaves it as it was. */
@ExtendWith(SharedServer.class)
@DisabledIfSystemProperty(
    named = "kvorum.reference",
    matches = "follower",
    disabledReason = "io.kvorum.cluster changes clusters of several")
final class EtcdctlMemberIT {
  private static final AtomicInteger PORTS = new AtomicInteger(1);

  /** New for each test: the same ones in the same second would mean the member that was removed. */
  private final String url = freshUrl();

  private final String otherUrl = freshUrl();

  private final Etcdctl etcdctl;

  EtcdctlMemberIT(ServerUnderTest server) {
    etcdctl = new Etcdctl(server.endpoint());
  }

  private static String freshUrl() {
    return "http://127.0.0.1:" + PORTS.incrementAndGet();
  }

  @AfterEach
  void removeAllButTheFirst() {
    String self = self();
    list().getAsJsonArray("members").asList().stream()
        .map(member -> hex(member.getAsJsonObject().get("ID")))
        .filter(id -> !id.equals(self))
        .forEach(id -> etcdctl.ok("member", "remove", id));
  }

  @Test
  void aMemberThatIsAddedIsListedAsUnstartedAndTheClusterGoesOn() {
    assumeFalse(ServerUnderTest.isReference34(), "it waits for the second voter, and stands still");
    String added = etcdctl.ok("member", "add", "m1", "--peer-urls=" + url + "," + otherUrl);
    assertThat(added)
        .matches(
            "(?s)Member [0-9a-f ]{16} added to cluster [0-9a-f ]{16}\n"
                + "\nETCD_NAME=\"m1\"\n"
                + "ETCD_INITIAL_CLUSTER=\"[^\n]*m1="
                + url
                + "[^\n]*\"\n"
                + "ETCD_INITIAL_ADVERTISE_PEER_URLS=\""
                + url
                + ","
                + otherUrl
                + "\"\n"
                + "ETCD_INITIAL_CLUSTER_STATE=\"existing\"\n");
    assertThat(etcdctl.ok("member", "list"))
        .containsPattern(
            "(?m)^" + idOf(url) + ", unstarted, , " + url + "," + otherUrl + ", , false$")
        .containsPattern("(?m)^" + self() + ", started, ");
    long before = etcdctl.revision();
    etcdctl.ok("put", "EtcdctlMemberIT", "1");
    assertThat(etcdctl.revision()).as("members make no revision").isEqualTo(before + 1);
    refused(
        "etcdserver: re-configuration failed due to not enough started members",
        "add",
        "m2",
        "--peer-urls=" + freshUrl());
    refused("etcdserver: unhealthy cluster", "add", "m2", "--learner", "--peer-urls=" + freshUrl());
    assertThat(etcdctl.ok("member", "remove", idOf(url)))
        .matches("Member [0-9a-f ]{16} removed from cluster [0-9a-f ]{16}\n");
    assertThat(list().getAsJsonArray("members")).hasSize(1);
  }

  @Test
  void aLearnerThatHasNotCaughtUpIsNotPromoted() {
    String added = etcdctl.ok("member", "add", "m1", "--learner", "--peer-urls=" + url);
    assertThat(added).matches("(?s)Member [0-9a-f ]{16} added to cluster [0-9a-f ]{16}\n.*");
    String id = idOf(url);
    assertThat(etcdctl.ok("member", "list"))
        .containsPattern("(?m)^" + id + ", unstarted, , " + url + ", , true$");
    refused(
        "etcdserver: can only promote a learner member which is in sync with leader",
        "promote",
        id);
    refused("etcdserver: can only promote a learner member", "promote", self());
    refused("etcdserver: member not found", "promote", "123");
  }

  @Test
  void thereIsOneLearnerAtATime() {
    etcdctl.ok("member", "add", "m1", "--learner", "--peer-urls=" + url);
    refused(
        "etcdserver: too many learner members in cluster",
        "add",
        "m2",
        "--learner",
        "--peer-urls=" + otherUrl);
  }

  @Test
  void aPeerUrlBelongsToOneMember() {
    etcdctl.ok("member", "add", "m1", "--learner", "--peer-urls=" + url);
    refused(
        "etcdserver: Peer URLs already exists", "add", "m2", "--peer-urls=" + url + "," + otherUrl);
    String own = peerUrl(self());
    refused("etcdserver: Peer URLs already exists", "update", idOf(url), "--peer-urls=" + own);
  }

  @Test
  void thePeerUrlsOfAMemberCanBeChanged() {
    etcdctl.ok("member", "add", "m1", "--learner", "--peer-urls=" + url);
    String id = idOf(url);
    assertThat(etcdctl.ok("member", "update", id, "--peer-urls=" + otherUrl))
        .matches("Member [0-9a-f ]{16} updated in cluster [0-9a-f ]{16}\n");
    assertThat(idOf(otherUrl)).isEqualTo(id);
    refused("etcdserver: member not found", "update", "123", "--peer-urls=" + freshUrl());
  }

  @Test
  void aMemberIsRemovedOnceAndTheOnlyVoterNever() {
    refused("etcdserver: member not found", "remove", "123");
    etcdctl.ok("member", "add", "m1", "--learner", "--peer-urls=" + url);
    String id = idOf(url);
    etcdctl.ok("member", "remove", id);
    refused("etcdserver: member not found", "remove", id);
    refused(
        "etcdserver: re-configuration failed due to not enough started members", "remove", self());
  }

  @Test
  void aRemovedMemberComesBackAsAnother() {
    etcdctl.ok("member", "add", "m1", "--learner", "--peer-urls=" + url);
    String first = idOf(url);
    etcdctl.ok("member", "remove", first);
    // The id has the second of the clock in it; until that has passed, the old one is refused.
    Etcdctl.Outcome again = etcdctl.run("member", "add", "m1", "--learner", "--peer-urls=" + url);
    for (int tries = 0; again.status() != 0 && tries < 200; tries++) {
      assertThat(again.complaint()).isEqualTo("Error: etcdserver: member not found");
      again = etcdctl.run("member", "add", "m1", "--learner", "--peer-urls=" + url);
    }
    assertThat(again.status()).isZero();
    assertThat(idOf(url)).isNotEqualTo(first);
  }

  @Test
  void leadershipGoesToVotersAlone() {
    etcdctl.ok("member", "add", "m1", "--learner", "--peer-urls=" + url);
    for (String target : new String[] {idOf(url), "123"}) {
      Etcdctl.Outcome outcome = etcdctl.run("move-leader", target);
      assertThat(outcome.status()).isEqualTo(1);
      assertThat(outcome.complaint()).isEqualTo("Error: etcdserver: bad leader transferee");
    }
    assertThat(etcdctl.ok("move-leader", self()))
        .isEqualTo("Leadership transferred from " + self() + " to " + self() + "\n");
  }

  @Test
  void leadershipDoesNotGoToAVoterThatHasNotStarted() {
    assumeFalse(ServerUnderTest.isReference34(), "it waits for the second voter, and stands still");
    etcdctl.ok("member", "add", "m1", "--peer-urls=" + url);
    Etcdctl.Outcome outcome = etcdctl.run("move-leader", idOf(url));
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.complaint()).isEqualTo("Error: etcdserver: bad leader transferee");
  }

  private void refused(String message, String... arguments) {
    String[] command = new String[arguments.length + 1];
    command[0] = "member";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    Etcdctl.Outcome outcome = etcdctl.run(command);
    assertThat(outcome.status()).as("member %s", String.join(" ", arguments)).isEqualTo(1);
    assertThat(outcome.complaint()).isEqualTo("Error: " + message);
  }

  private JsonObject list() {
    return Json.object(etcdctl.ok("member", "list", "-w", "json"));
  }

  private String self() {
    return hex(list().getAsJsonObject("header").get("member_id"));
  }

  /** Who has that url first. */
  private String idOf(String peerUrl) {
    for (JsonElement member : list().getAsJsonArray("members")) {
      if (firstUrl(member).equals(peerUrl)) {
        return hex(member.getAsJsonObject().get("ID"));
      }
    }
    throw new AssertionError("no member has " + peerUrl + " in " + list());
  }

  private String peerUrl(String id) {
    for (JsonElement member : list().getAsJsonArray("members")) {
      if (hex(member.getAsJsonObject().get("ID")).equals(id)) {
        return firstUrl(member);
      }
    }
    throw new AssertionError("no member has the id " + id + " in " + list());
  }

  private static String firstUrl(JsonElement member) {
    return member.getAsJsonObject().getAsJsonArray("peerURLs").get(0).getAsString();
  }

  private static String hex(JsonElement id) {
    return id.getAsBigInteger().toString(16);
  }
}
