package io.kvorum.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.Await;
import io.kvorum.testing.Paired;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerProcess;
import io.kvorum.testing.SystemCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A member that listens on nothing but Unix domain sockets, and the clients of a machine. */
@Paired
@Timeout(300)
final class SocketsIT {
  @TempDir private Path directory;

  private Path socket() {
    return directory.resolve("s.sock");
  }

  private ServerProcess member(String name) throws IOException {
    return ServerProcess.kvorum(
        "--name=" + name,
        "--data-dir=" + directory.resolve(name),
        "--listen-client-urls=unix://" + socket(),
        "--listen-peer-urls=" + Ports.freeUrl(),
        "--audit-log-path=" + directory.resolve("audit.log"),
        "--kvorum-admin-url=");
  }

  private String etcdctl(String... arguments) throws InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of("env", "ETCDCTL_API=3", "etcdctl", "--endpoints=unix://" + socket()));
    command.addAll(List.of(arguments));
    return SystemCommand.attempt(command.toArray(String[]::new)).output();
  }

  private String curl(String path, String... more) throws InterruptedException {
    List<String> command =
        new ArrayList<>(List.of("curl", "-sS", "-m", "60", "--unix-socket", socket().toString()));
    command.addAll(List.of(more));
    command.add("http://localhost" + path);
    return SystemCommand.attempt(command.toArray(String[]::new)).output();
  }

  @Test
  void clientsUseTheSocketOverTheLivesOfAMember() throws Exception {
    try (ServerProcess member = member("m1")) {
      member.awaitReady();
      assertThat(etcdctl("put", "k", "v")).isEqualTo("OK");
      assertThat(curl("/version")).contains("\"etcdserver\":\"3.7");
      assertThat(curl("/v3/kv/range", "-d", "{\"key\":\"aw==\"}")).contains("\"value\":\"dg==\"");
      assertThat(etcdctl("member", "list")).contains("unix://" + socket());
      Object user = Files.getAttribute(socket(), "unix:uid");
      String remote = "\"remote\":\"unix:" + socket() + " uid=" + user + "\"";
      Await.until(
          "the audit log names the client",
          ServerProcess.PATIENCE,
          () -> Files.readString(directory.resolve("audit.log")).contains(remote));
      try (ServerProcess other = member("m2")) {
        assertThat(other.awaitExit()).isEqualTo(1);
        assertThat(other.stderr())
            .containsExactly(
                "kvorum: cannot listen on unix://"
                    + socket()
                    + " (--listen-client-urls): Address already in use");
      }
      member.kill();
      assertThat(socket()).exists();
    }
    try (ServerProcess again = member("m1")) {
      again.awaitReady();
      assertThat(etcdctl("get", "k")).isEqualTo("k\nv");
      assertThat(again.terminate()).isZero();
      assertThat(socket()).doesNotExist();
    }
  }
}
