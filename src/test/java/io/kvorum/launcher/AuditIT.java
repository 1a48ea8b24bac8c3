package io.kvorum.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.kvorum.testing.Ports;
import io.kvorum.testing.RawHttp;
import io.kvorum.testing.ServerProcess;
import io.kvorum.testing.SystemCommand;
import io.kvorum.tls.TestAuthority;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The audit log of a member over mutual TLS, and with it the caller that services know. */
@Timeout(600)
final class AuditIT {
  private static final String PUT = "{\"key\":\"L2EvMQ==\",\"value\":\"UzNDUjNU\"}";

  @TempDir private Path directory;
  private final int secured = Ports.free();
  private final URI plain = Ports.freeUrl();

  private String file(String name) {
    return directory.resolve(name).toString();
  }

  private String curl(String path, String body, String... more) throws InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "curl",
                "-sS",
                "-m",
                "60",
                "--cacert",
                file("ca.pem"),
                "--cert",
                file("alice.pem"),
                "--key",
                file("alice.key"),
                "-d",
                body));
    command.addAll(List.of(more));
    command.add("https://127.0.0.1:" + secured + path);
    return SystemCommand.attempt(command.toArray(String[]::new)).output();
  }

  private String etcdctl(String... arguments) throws InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "env",
                "ETCDCTL_API=3",
                "etcdctl",
                "--endpoints=https://127.0.0.1:" + secured,
                "--cacert=" + file("ca.pem"),
                "--cert=" + file("alice.pem"),
                "--key=" + file("alice.key")));
    command.addAll(List.of(arguments));
    return SystemCommand.attempt(command.toArray(String[]::new)).output();
  }

  @Test
  void bothFacesAreAuditedWithTheClientBehindThem() throws Exception {
    TestAuthority authority = new TestAuthority("ca");
    authority.write(directory, "ca");
    authority.server("server").write(directory, "server");
    authority.client("alice").write(directory, "alice");
    Files.writeString(
        directory.resolve("policy.yaml"),
        """
        rules:
        - level: Request
          users: [alice]
          prefixes: [/a/]
        - level: None
          prefixes: [/noise/]
        - level: Metadata
        """);
    try (ServerProcess member =
        ServerProcess.kvorum(
            "--data-dir=" + directory.resolve("m"),
            "--listen-client-urls=https://127.0.0.1:" + secured + "," + plain,
            "--kvorum-admin-url=",
            "--cert-file=" + file("server.pem"),
            "--key-file=" + file("server.key"),
            "--trusted-ca-file=" + file("ca.pem"),
            "--audit-log-path=" + file("audit.log"),
            "--audit-policy-file=" + file("policy.yaml"))) {
      member.awaitReady();
      member.awaitLogged("JSON clients are served");
      assertThat(etcdctl("put", "/a/0", "S3CR3T")).isEqualTo("OK");
      assertThat(
              curl(
                  "/v3/kv/put",
                  PUT,
                  "-H",
                  "X-Forwarded-For: 10.9.8.7",
                  "-H",
                  "Forwarded: for=10.9.8.7",
                  "-H",
                  "Authorization: S3CR3T"))
          .contains("\"revision\":\"3\"");
      assertThat(curl("/v3/kv/range", "{\"key\":\"L2EvMQ==\"}")).contains("UzNDUjNU");
      assertThat(curl("/v3/kv/put", "{\"value\":\"UzNDUjNU\"}")).contains("key is not provided");
      assertThat(etcdctl("put", "/noise/1", "S3CR3T")).isEqualTo("OK");
      String watched;
      try (RawHttp anonymous = RawHttp.connect(plain)) {
        anonymous.post("/v3/watch", "{\"create_request\":{\"key\":\"Yg==\"}}");
        assertThat(anonymous.head()).startsWith("HTTP/1.1 200 ");
        watched = anonymous.chunk();
      }
      assertThat(watched).contains("\"created\":true");
      assertThat(curl("/metrics", "", "-X", "GET"))
          .contains("kvorum_audit_lines_total{result=\"dropped\"} 0");
      assertThat(member.terminate()).isZero();
      assertThat(member.complaints()).allMatch(line -> line.contains("without TLS"));
    }
    Path log = directory.resolve("audit.log");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(log)))
        .isEqualTo("rw-------");
    String text = Files.readString(log);
    assertThat(text).doesNotContain("S3CR3T").doesNotContain("UzNDUjNU").doesNotContain("10.9.8.7");
    List<JsonObject> lines =
        text.lines().map(line -> JsonParser.parseString(line).getAsJsonObject()).toList();
    assertThat(lines.stream().map(AuditIT::summary))
        .containsExactly(
            "alice grpc KV/Put /a/0 OK 2",
            "alice json KV/Put /a/1 OK 3",
            "alice json KV/Range /a/1 OK 3",
            "alice json KV/Put  INVALID_ARGUMENT",
            "- json Watch/Watch b started",
            "- json Watch/Watch b OK");
    assertThat(lines).allMatch(line -> line.get("remote").getAsString().matches("127.0.0.1:\\d+"));
    assertThat(lines.get(1).get("secured").getAsBoolean()).isTrue();
    assertThat(lines.get(1).get("request")).hasToString("{\"key\":\"/a/1\"}");
    assertThat(lines.get(4).get("secured").getAsBoolean()).isFalse();
  }

  private static String summary(JsonObject line) {
    return (line.has("certificate")
            ? line.getAsJsonObject("certificate").get("commonName").getAsString()
            : "-")
        + " "
        + line.get("face").getAsString()
        + " "
        + line.get("method").getAsString()
        + " "
        + line.getAsJsonArray("keys").get(0).getAsJsonObject().get("key").getAsString()
        + " "
        + (line.has("code") ? line.get("code") : line.get("stage")).getAsString()
        + (line.has("revision") ? " " + line.get("revision") : "");
  }

  @Test
  void aLogThatCannotBeWrittenIsOneLine() throws Exception {
    Files.writeString(directory.resolve("file"), "mine");
    try (ServerProcess member =
        ServerProcess.kvorum(
            "--data-dir=" + directory.resolve("n"),
            "--listen-client-urls=" + plain,
            "--kvorum-admin-url=",
            "--audit-log-path=" + file("file/audit.log"))) {
      assertThat(member.awaitExit()).isNotZero();
      assertThat(member.complaints())
          .singleElement()
          .asString()
          .contains("for flag --audit-log-path: ");
    }
  }
}
