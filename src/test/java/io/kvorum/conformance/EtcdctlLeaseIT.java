package io.kvorum.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.ServerUnderTest;
import io.kvorum.testing.SharedServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedServer.class)
final class EtcdctlLeaseIT {

  private static final String UNKNOWN = "7fffffff12345678";

  private final Etcdctl etcdctl;
  private final String p;

  EtcdctlLeaseIT(ServerUnderTest server, TestInfo test) {
    etcdctl = new Etcdctl(server.endpoint());
    p = ServerUnderTest.prefix(test);
  }

  private String grant(int seconds) {
    return etcdctl.ok("lease", "grant", String.valueOf(seconds)).split(" ")[1];
  }

  @Test
  void aGrantTellsIdAndTimeToLive() {
    assertThat(etcdctl.ok("lease", "grant", "100"))
        .matches("lease [0-9a-f]{16} granted with TTL\\(100s\\)\n");
    Json.assertSame(
        without(Json.object(etcdctl.ok("lease", "grant", "77", "-w", "json")), "ID"),
        "{'TTL':77,'Error':''}");
  }

  /** Lease commands print the header's fields beside the others. */
  private static com.google.gson.JsonObject without(
      com.google.gson.JsonObject object, String... names) {
    for (String name : names) {
      assertThat(object.remove(name)).as(name).isNotNull();
    }
    for (String name : new String[] {"cluster_id", "member_id", "revision", "raft_term"}) {
      assertThat(object.remove(name)).as(name).isNotNull();
    }
    return object;
  }

  @Test
  void aShortTimeToLiveIsRaisedToTheLeastThatTheServerAllows() {
    assertThat(etcdctl.ok("lease", "grant", "1")).endsWith(" granted with TTL(2s)\n");
  }

  @Test
  void aTimeToLiveBeyondTheLimitIsRefused() {
    Etcdctl.Outcome outcome = etcdctl.run("lease", "grant", "9000000001");
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.complaint())
        .isEqualTo("Error: failed to grant lease (etcdserver: too large lease TTL)");
  }

  @Test
  void timetoliveShowsWhatIsLeftAndTheAttachedKeys() {
    String lease = grant(100);
    assertThat(etcdctl.ok("lease", "timetolive", lease, "--keys"))
        .matches(
            "lease "
                + lease
                + " granted with TTL\\(100s\\), remaining\\(\\d+s\\),"
                + " attached keys\\(\\[\\]\\)\n");
    etcdctl.ok("put", p + "b", "1", "--lease=" + lease);
    etcdctl.ok("put", p + "a", "1", "--lease=" + lease);
    // etcd names them in no particular order.
    assertThat(etcdctl.ok("lease", "timetolive", lease, "--keys"))
        .matches("(?s).* remaining\\([1-9]\\d?s\\), .*")
        .endsWith("])\n")
        .containsAnyOf(
            "s), attached keys([" + p + "a " + p + "b]",
            "s), attached keys([" + p + "b " + p + "a]");
    assertThat(etcdctl.ok("lease", "timetolive", lease)).doesNotContain("attached");
  }

  @Test
  void timetoliveOfAnUnknownLeaseIsNoError() {
    assertThat(etcdctl.ok("lease", "timetolive", UNKNOWN))
        .isEqualTo("lease " + UNKNOWN + " already expired\n");
    assertThat(etcdctl.ok("lease", "timetolive", UNKNOWN, "-w", "json")).contains("\"ttl\":-1");
  }

  @Test
  void aRevokedLeaseTakesItsKeysAlongInOneRevision() {
    String lease = grant(100);
    etcdctl.ok("put", p + "a", "1", "--lease=" + lease);
    etcdctl.ok("put", p + "b", "1", "--lease=" + lease);
    etcdctl.ok("put", p + "c", "stays");
    long before = etcdctl.revision();
    assertThat(etcdctl.ok("lease", "revoke", lease)).isEqualTo("lease " + lease + " revoked\n");
    assertThat(etcdctl.ok("get", p, "--prefix", "--keys-only")).isEqualTo(p + "c\n\n");
    assertThat(etcdctl.revision()).isEqualTo(before + 1);
  }

  @Test
  void revokingALeaseWithoutKeysMakesNoRevision() {
    String lease = grant(100);
    long before = etcdctl.revision();
    etcdctl.ok("lease", "revoke", lease);
    assertThat(etcdctl.revision()).isEqualTo(before);
  }

  @Test
  void revokingAnUnknownLeaseIsAnError() {
    Etcdctl.Outcome outcome = etcdctl.run("lease", "revoke", UNKNOWN);
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.complaint())
        .isEqualTo("Error: failed to revoke lease (etcdserver: requested lease not found)");
  }

  @Test
  void aPutWithAnUnknownLeaseIsRefused() {
    Etcdctl.Outcome outcome = etcdctl.run("put", p + "a", "1", "--lease=" + UNKNOWN);
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.complaint()).isEqualTo("Error: etcdserver: requested lease not found");
    assertThat(etcdctl.ok("get", p + "a")).isEmpty();
  }

  @Test
  void aListShowsEveryLeaseOnce() {
    String first = grant(1000);
    String second = grant(500);
    assertThat(etcdctl.ok("lease", "list").lines().filter(line -> line.equals(first))).hasSize(1);
    assertThat(etcdctl.ok("lease", "list"))
        .matches("(?s)found \\d+ leases\n.*")
        .containsSubsequence(second, first);
    etcdctl.ok("lease", "revoke", first);
    assertThat(etcdctl.ok("lease", "list")).doesNotContain(first).contains(second);
  }

  @Test
  void keepAliveOnceRenewsTheLease() {
    String lease = grant(60);
    assertThat(etcdctl.ok("lease", "keep-alive", "--once", lease))
        .isEqualTo("lease " + lease + " keepalived with TTL(60)\n");
  }

  @Test
  void keepAliveGoesOnUntilTheLeaseIsRevoked() {
    String lease = grant(10);
    try (RunningEtcdctl alive = etcdctl.start("lease", "keep-alive", lease)) {
      // Every third of it, and so beyond the first one.
      for (int renewal = 0; renewal < 5; renewal++) {
        assertThat(alive.line()).isEqualTo("lease " + lease + " keepalived with TTL(10)");
      }
      etcdctl.ok("lease", "revoke", lease);
      assertThat(alive.lineWith("expired")).isEqualTo("lease " + lease + " expired or revoked.");
      assertThat(alive.awaitEnd()).isZero();
    }
  }

  @Test
  void keepAliveOfAnUnknownLeaseTellsSo() {
    assertThat(etcdctl.ok("lease", "keep-alive", UNKNOWN))
        .isEqualTo("lease " + UNKNOWN + " expired or revoked.\n");
    Etcdctl.Outcome once = etcdctl.run("lease", "keep-alive", "--once", UNKNOWN);
    assertThat(once.status()).isEqualTo(2);
    assertThat(once.complaint()).isEqualTo("Error: etcdserver: requested lease not found");
  }

  @Test
  void anExpiredLeaseTakesItsKeysAlong() {
    long before = etcdctl.revision();
    String lease = grant(10);
    etcdctl.ok("put", p + "a", "1", "--lease=" + lease);
    try (RunningEtcdctl watch = etcdctl.start("watch", p + "a", "--rev=" + (before + 2))) {
      assertThat(watch.lineWithin(60_000)).isEqualTo("DELETE");
      assertThat(watch.lines(2)).containsExactly(p + "a", "");
    }
    assertThat(etcdctl.ok("lease", "timetolive", lease))
        .isEqualTo("lease " + lease + " already expired\n");
    assertThat(etcdctl.ok("get", p + "a")).isEmpty();
  }

  @Test
  void aPutWithoutALeaseDetachesTheKeyFromItsOldOne() {
    String lease = grant(100);
    etcdctl.ok("put", p + "a", "1", "--lease=" + lease);
    etcdctl.ok("put", p + "a", "2");
    assertThat(etcdctl.ok("lease", "timetolive", lease, "--keys")).endsWith("keys([])\n");
    etcdctl.ok("lease", "revoke", lease);
    assertThat(etcdctl.ok("get", p + "a", "--print-value-only")).isEqualTo("2\n");
  }

  @Test
  void aPutWithAnotherLeaseMovesTheKey() {
    String first = grant(100);
    String second = grant(100);
    etcdctl.ok("put", p + "a", "1", "--lease=" + first);
    etcdctl.ok("put", p + "a", "1", "--lease=" + second);
    etcdctl.ok("lease", "revoke", first);
    assertThat(etcdctl.ok("get", p + "a", "--print-value-only")).isEqualTo("1\n");
    assertThat(Etcdctl.field("Lease", etcdctl.ok("get", p + "a", "-w", "fields")))
        .isEqualTo(Long.parseLong(second, 16));
  }

  @Test
  void ignoreLeaseKeepsTheLeaseOfAnExistingKey() {
    String lease = grant(100);
    etcdctl.ok("put", p + "a", "1", "--lease=" + lease);
    etcdctl.ok("put", p + "a", "2", "--ignore-lease");
    assertThat(Etcdctl.field("Lease", etcdctl.ok("get", p + "a", "-w", "fields")))
        .isEqualTo(Long.parseLong(lease, 16));
    assertThat(etcdctl.run("put", p + "missing", "1", "--ignore-lease").complaint())
        .isEqualTo("Error: etcdserver: key not found");
  }

  @Test
  void aDeletedKeyIsNoLongerAttached() {
    String lease = grant(100);
    etcdctl.ok("put", p + "a", "1", "--lease=" + lease);
    etcdctl.ok("del", p + "a");
    assertThat(etcdctl.ok("lease", "timetolive", lease, "--keys")).endsWith("keys([])\n");
  }
}
