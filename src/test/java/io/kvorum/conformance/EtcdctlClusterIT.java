package io.kvorum.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.kvorum.testing.ServerUnderTest;
import io.kvorum.testing.SharedServer;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;

/** Compaction, status, members, and the recipes that etcdctl builds from keys and leases. */
@ExtendWith(SharedServer.class)
final class EtcdctlClusterIT {

  private final Etcdctl etcdctl;
  private final URI endpoint;
  private final String p;

  EtcdctlClusterIT(ServerUnderTest server, TestInfo test) {
    endpoint = server.endpoint();
    etcdctl = new Etcdctl(endpoint);
    p = ServerUnderTest.prefix(test);
  }

  @Test
  void compactionDropsOlderRevisionsAndKeepsTheLatest() {
    etcdctl.ok("put", p + "a", "1");
    etcdctl.ok("put", p + "a", "2");
    etcdctl.ok("put", p + "a", "3");
    long now = etcdctl.revision();
    assertThat(etcdctl.ok("compaction", String.valueOf(now - 1)))
        .isEqualTo("compacted revision " + (now - 1) + "\n");
    Etcdctl.Outcome older = etcdctl.run("get", p + "a", "--rev=" + (now - 2));
    assertThat(older.status()).isEqualTo(1);
    assertThat(older.complaint())
        .isEqualTo("Error: etcdserver: mvcc: required revision has been compacted");
    assertThat(etcdctl.ok("get", p + "a", "--rev=" + (now - 1), "--print-value-only"))
        .isEqualTo("2\n");
    assertThat(etcdctl.ok("get", p + "a", "--print-value-only")).isEqualTo("3\n");
    assertThat(etcdctl.revision()).as("compaction makes no revision").isEqualTo(now);
  }

  @Test
  void compactionKeepsTheLastVersionOfAKeyThatWasNotTouchedSince() {
    etcdctl.ok("put", p + "old", "1");
    long written = etcdctl.revision();
    etcdctl.ok("put", p + "new", "1");
    etcdctl.ok("compaction", String.valueOf(written + 1), "--physical");
    String fields = etcdctl.ok("get", p + "old", "-w", "fields");
    assertThat(Etcdctl.field("ModRevision", fields)).isEqualTo(written);
    assertThat(fields).contains("\"Value\" : \"1\"\n");
  }

  @Test
  void physicalCompactionAnswersLikeTheOther() {
    etcdctl.ok("put", p + "a", "1");
    long now = etcdctl.revision();
    assertThat(etcdctl.ok("compaction", String.valueOf(now), "--physical"))
        .isEqualTo("compacted revision " + now + "\n");
  }

  @Test
  void compactingTwiceToOneRevisionIsRefused() {
    etcdctl.ok("put", p + "a", "1");
    String now = String.valueOf(etcdctl.revision());
    etcdctl.ok("compaction", now);
    Etcdctl.Outcome again = etcdctl.run("compaction", now);
    assertThat(again.status()).isEqualTo(1);
    assertThat(again.complaint())
        .isEqualTo("Error: etcdserver: mvcc: required revision has been compacted");
  }

  @Test
  void compactingTheFutureIsRefused() {
    Etcdctl.Outcome outcome = etcdctl.run("compaction", String.valueOf(etcdctl.revision() + 1000));
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.complaint())
        .isEqualTo("Error: etcdserver: mvcc: required revision is a future revision");
  }

  @Test
  void theEndpointIsHealthy() {
    Etcdctl.Outcome outcome = etcdctl.run("endpoint", "health");
    assertThat(outcome.status()).isZero();
    assertThat(outcome.err())
        .startsWith(
            endpoint.getAuthority() + " is healthy: successfully committed proposal: took = ");
    assertThat(etcdctl.ok("endpoint", "health", "-w", "json")).contains("\"health\":true");
  }

  @Test
  void statusTellsAboutAMemberAndWhoLeads() {
    etcdctl.ok("put", p + "a", "1");
    JsonObject status = status();
    JsonObject header = status.getAsJsonObject("header");
    assertThat(status.get("version").getAsString()).matches("\\d+\\.\\d+\\.\\d+.*");
    assertThat(status.get("dbSize").getAsLong()).isPositive();
    assertThat(status.get("dbSizeInUse").getAsLong())
        .isPositive()
        .isLessThanOrEqualTo(status.get("dbSize").getAsLong());
    assertThat(status.get("leader").equals(header.get("member_id")))
        .isEqualTo(!ServerUnderTest.isFollower());
    assertThat(status.get("raftTerm").getAsLong()).isPositive();
    assertThat(status.get("raftIndex").getAsLong())
        .isGreaterThanOrEqualTo(status.get("raftAppliedIndex").getAsLong());
    assertThat(header.get("revision").getAsLong()).isEqualTo(etcdctl.revision());
    assertThat(status.has("errors")).isFalse();
    assertThat(status.has("isLearner")).isFalse();
  }

  @Test
  void theAppliedIndexGrowsWithWrites() {
    long before = status().get("raftAppliedIndex").getAsLong();
    etcdctl.ok("put", p + "a", "1");
    assertThat(status().get("raftAppliedIndex").getAsLong()).isGreaterThan(before);
  }

  private JsonObject status() {
    return JsonParser.parseString(etcdctl.ok("endpoint", "status", "-w", "json"))
        .getAsJsonArray()
        .get(0)
        .getAsJsonObject()
        .getAsJsonObject("Status");
  }

  @Test
  void statusCanBePrintedAsATable() {
    assertThat(etcdctl.ok("endpoint", "status", "-w", "table"))
        .contains("| " + endpoint.getAuthority() + " |")
        .contains(
            ServerUnderTest.isFollower()
                ? "|     false |      false |"
                : "|      true |      false |");
  }

  @Test
  void theMemberListShowsThisMemberAsStarted() {
    JsonObject list = Json.object(etcdctl.ok("member", "list", "-w", "json"));
    int count = ServerUnderTest.isFollower() ? 3 : 1;
    assertThat(list.getAsJsonArray("members")).hasSize(count);
    JsonObject member =
        list.getAsJsonArray("members").asList().stream()
            .map(JsonElement::getAsJsonObject)
            .filter(each -> each.get("ID").equals(list.getAsJsonObject("header").get("member_id")))
            .findFirst()
            .orElseThrow();
    assertThat(member.get("name").getAsString()).isNotEmpty();
    assertThat(member.getAsJsonArray("peerURLs")).hasSize(1);
    assertThat(member.getAsJsonArray("clientURLs")).hasSize(1);
    assertThat(etcdctl.ok("member", "list").lines())
        .hasSize(count)
        .allMatch(line -> line.matches("[0-9a-f]{1,16}, started, \\S+, http\\S+, http\\S+, false"));
  }

  @Test
  void thereIsNoAlarm() {
    assertThat(etcdctl.ok("alarm", "list")).isEmpty();
  }

  @Test
  void aLockIsHeldByOneAndThenByTheNext() {
    try (RunningEtcdctl first = etcdctl.start("lock", p + "lock")) {
      String firstKey = first.line();
      assertThat(firstKey).startsWith(p + "lock/");
      try (RunningEtcdctl second = etcdctl.start("lock", p + "lock")) {
        awaitKeys(p + "lock/", 2);
        assertThat(second.lineWithin(200)).as("while the first holds it").isNull();
        first.close();
        assertThat(second.line()).startsWith(p + "lock/").isNotEqualTo(firstKey);
      }
    }
    awaitKeys(p + "lock/", 0);
  }

  @Test
  void aLockCanBeHeldWhileACommandRuns() {
    assertThat(etcdctl.ok("lock", p + "lock", "--", "sh", "-c", "echo $ETCD_LOCK_KEY"))
        .startsWith(p + "lock/");
    awaitKeys(p + "lock/", 0);
  }

  @Test
  void anElectionHasOneLeaderAndItsListenersLearnOfTheNext() {
    try (RunningEtcdctl first = etcdctl.start("elect", p + "election", "one")) {
      assertThat(first.line()).startsWith(p + "election/");
      assertThat(first.line()).isEqualTo("one");
      try (RunningEtcdctl listener = etcdctl.start("elect", "-l", p + "election");
          RunningEtcdctl second = etcdctl.start("elect", p + "election", "two")) {
        assertThat(listener.line()).startsWith(p + "election/");
        assertThat(listener.line()).isEqualTo("one");
        awaitKeys(p + "election/", 2);
        first.close();
        assertThat(second.line()).startsWith(p + "election/");
        assertThat(second.line()).isEqualTo("two");
        assertThat(listener.line()).startsWith(p + "election/");
        assertThat(listener.line()).isEqualTo("two");
      }
    }
  }

  /** Asks until there are that many keys. */
  private void awaitKeys(String prefix, int count) {
    for (int attempt = 0; attempt < 200; attempt++) {
      String fields = etcdctl.ok("get", prefix, "--prefix", "-w", "fields");
      if (Etcdctl.field("Count", fields) == count) {
        return;
      }
    }
    throw new AssertionError("never " + count + " keys below " + prefix);
  }
}
