package io.kvorum.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerProcess;
import io.kvorum.testing.SystemCommand;
import io.kvorum.tls.TestAuthority;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The admin endpoint over TLS, and for clients with a certificate alone. */
@Timeout(600)
final class AdminTlsIT {
  @TempDir private Path directory;
  private final int admin = Ports.free();

  private SystemCommand.Outcome curl(String path, String... identity) throws InterruptedException {
    List<String> command =
        new ArrayList<>(List.of("curl", "-sS", "-m", "60", "--cacert", file("ca.pem")));
    command.addAll(List.of(identity));
    command.add("https://127.0.0.1:" + admin + path);
    return SystemCommand.attempt(command.toArray(String[]::new));
  }

  private String file(String name) {
    return directory.resolve(name).toString();
  }

  @Test
  void onlyClientsWithACertificateGetTheAdminPages() throws Exception {
    TestAuthority authority = new TestAuthority("ca");
    authority.write(directory, "ca");
    authority.server("server").write(directory, "server");
    authority.client("ops").write(directory, "ops");
    try (ServerProcess member =
        ServerProcess.kvorum(
            "--data-dir=" + directory.resolve("m"),
            "--listen-client-urls=" + Ports.freeUrl(),
            "--kvorum-admin-url=https://127.0.0.1:" + admin,
            "--admin-cert-file=" + file("server.pem"),
            "--admin-key-file=" + file("server.key"),
            "--admin-trusted-ca-file=" + file("ca.pem"))) {
      member.awaitReady();
      member.awaitLogged("JSON clients are served");
      String[] ops = {"--cert", file("ops.pem"), "--key", file("ops.key")};
      assertThat(curl("/health/live", ops).output()).contains("\"status\":\"UP\"");
      assertThat(curl("/metrics", ops).output()).contains("kvorum_has_leader");
      assertThat(curl("/v3/kv/range", ops).output()).doesNotContain("header");
      assertThat(curl("/health/live").succeeded()).isFalse();
      assertThat(
              SystemCommand.attempt(
                      "curl", "-sS", "-m", "60", "http://127.0.0.1:" + admin + "/health")
                  .output())
          .doesNotContain("UP");
      assertThat(member.terminate()).isZero();
    }
  }
}
