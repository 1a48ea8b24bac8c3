package io.kvorum.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.backup.Progress;
import io.kvorum.boot.restore.Restore;
import io.kvorum.boot.restore.RestoreSettings;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import io.kvorum.testing.ServerUnderTest;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stock etcdctl sets up auth, lives with it, and takes it along in a snapshot. */
final class EtcdctlAuthIT {
  @TempDir private Path directory;

  private static String complaint(Etcdctl etcdctl, String... arguments) {
    Etcdctl.Outcome outcome = etcdctl.run(arguments);
    assertThat(outcome.status()).as(String.join(" ", arguments)).isNotZero();
    return outcome.complaint();
  }

  private static void setUp(Etcdctl etcdctl) {
    assertThat(etcdctl.ok("user", "add", "root:secret")).isEqualTo("User root created\n");
    etcdctl.ok("user", "grant-role", "root", "root");
    etcdctl.ok("user", "add", "al:pass");
    assertThat(etcdctl.ok("role", "add", "r")).isEqualTo("Role r created\n");
    etcdctl.ok("role", "grant-permission", "r", "readwrite", "foo", "fop");
    etcdctl.ok("role", "grant-permission", "r", "read", "--prefix", "shared/");
    etcdctl.ok("user", "grant-role", "al", "r");
    etcdctl.ok("put", "foo", "bar");
    etcdctl.ok("put", "other", "bar");
    assertThat(etcdctl.ok("auth", "enable")).isEqualTo("Authentication Enabled\n");
  }

  private static void checkRights(Etcdctl etcdctl) {
    assertThat(etcdctl.ok("--user=al:pass", "get", "foo")).isEqualTo("foo\nbar\n");
    assertThat(etcdctl.ok("--user=al:pass", "put", "foo", "bar")).isEqualTo("OK\n");
    assertThat(etcdctl.ok("--user=al:pass", "get", "--prefix", "shared/")).isEmpty();
    assertThat(complaint(etcdctl, "--user=al:pass", "get", "other"))
        .contains("etcdserver: permission denied");
    assertThat(complaint(etcdctl, "--user=al:pass", "put", "shared/x", "y"))
        .contains("etcdserver: permission denied");
    assertThat(complaint(etcdctl, "--user=al:pass", "user", "list"))
        .contains("etcdserver: permission denied");
    assertThat(complaint(etcdctl, "--user=al:wrong", "get", "foo"))
        .contains("authentication failed, invalid user ID or password");
    assertThat(complaint(etcdctl, "get", "foo")).contains("etcdserver: user name is empty");
    assertThat(etcdctl.ok("--user=root:secret", "get", "other")).isEqualTo("other\nbar\n");
    assertThat(etcdctl.ok("--user=root:secret", "user", "list")).isEqualTo("al\nroot\n");
    assertThat(etcdctl.ok("--user=root:secret", "role", "get", "r"))
        .contains("Role r", "[foo, fop)", "[shared/, shared0)");
  }

  @Test
  void authIsSetUpAndHoldsAfterARestartAndInARestoredSnapshot() throws Exception {
    Path data = directory.resolve("data");
    Path snapshot = directory.resolve("snapshot.db");
    URI client = Ports.freeUrl();
    URI peer = Ports.freeUrl();
    List<String> flags = List.of("--bcrypt-cost=4");
    Etcdctl etcdctl = new Etcdctl(client);
    try (ServerProcess server =
        ServerProcess.start(
            ServerKind.KVORUM, data, client, peer, flags, ServerUnderTest.environment())) {
      setUp(etcdctl);
      checkRights(etcdctl);
      assertThat(server.terminate()).isZero();
    }
    try (ServerProcess again =
        ServerProcess.start(
            ServerKind.KVORUM, data, client, peer, flags, ServerUnderTest.environment())) {
      checkRights(etcdctl);
      assertThat(complaint(etcdctl, "snapshot", "save", directory.resolve("not").toString()))
          .contains("etcdserver: user name is empty");
      etcdctl.ok("--user=root:secret", "snapshot", "save", snapshot.toString());
      assertThat(again.alive()).isTrue();
    }
    checkInStockEtcd(snapshot);
    checkRestored(snapshot);
  }

  private void checkInStockEtcd(Path snapshot) throws Exception {
    Path data = directory.resolve("etcd");
    new Etcdctl(URI.create("http://127.0.0.1:1"))
        .ok("snapshot", "restore", snapshot.toString(), "--data-dir", data.toString());
    try (ServerProcess etcd = ServerProcess.start(ServerKind.ETCD, data, List.of(), Map.of())) {
      checkRights(new Etcdctl(etcd.endpoint()));
    }
  }

  private void checkRestored(Path snapshot) throws Exception {
    URI client = Ports.freeUrl();
    URI peer = Ports.freeUrl();
    Path data = directory.resolve("restored");
    Restore.run(
        new RestoreSettings(
            snapshot,
            data,
            null,
            new RestoreSettings.NewMember("m0", "m0=" + peer, "etcd-cluster", peer.toString()),
            RestoreSettings.Revisions.ALL,
            false),
        Progress.NONE);
    try (ServerProcess restored =
        ServerProcess.start(
            ServerKind.KVORUM, data, client, peer, List.of(), ServerUnderTest.environment())) {
      checkRights(new Etcdctl(client));
      assertThat(restored.alive()).isTrue();
    }
  }
}
