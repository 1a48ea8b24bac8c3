package io.kvorum.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.watch.WatchResponse;
import io.grpc.netty.GrpcSslContexts;
import io.kvorum.testing.Paired;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerProcess;
import io.kvorum.testing.SystemCommand;
import io.kvorum.tls.TestAuthority;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The real launcher with https URLs, and the clients that users have. */
@Paired
@Timeout(900)
final class TlsIT {
  private static final String PUT = "{\"key\":\"YQ==\",\"value\":\"Yg==\"}";

  @TempDir private Path directory;
  private final int secured = Ports.free();
  private final int plain = Ports.free();

  private String file(String name) {
    return directory.resolve(name).toString();
  }

  private ServerProcess start(String... more) throws IOException {
    return startWithPlain(plain, more);
  }

  private ServerProcess startWithPlain(int plainPort, String... more) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--data-dir=" + directory.resolve("m"),
                "--listen-client-urls=https://127.0.0.1:"
                    + secured
                    + ",http://127.0.0.1:"
                    + plainPort,
                "--kvorum-admin-url="));
    arguments.addAll(List.of(more));
    return ServerProcess.kvorum(arguments.toArray(String[]::new));
  }

  private SystemCommand.Outcome etcdctl(String... arguments) throws InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of("env", "ETCDCTL_API=3", "etcdctl", "--endpoints=https://127.0.0.1:" + secured));
    command.addAll(List.of(arguments));
    return SystemCommand.attempt(command.toArray(String[]::new));
  }

  private String kvorumctl(String... identity) throws InterruptedException {
    String[] command = {
      "bin/kvorumctl", "--endpoints=https://127.0.0.1:" + secured, "endpoint", "health"
    };
    return SystemCommand.attempt(append(command, identity)).output();
  }

  private SystemCommand.Outcome curl(String path, String... arguments) throws InterruptedException {
    List<String> command = new ArrayList<>(List.of("curl", "-sS"));
    command.addAll(List.of(arguments));
    command.add("https://127.0.0.1:" + secured + path);
    return SystemCommand.attempt(command.toArray(String[]::new));
  }

  @Test
  void etcdctlAndCurlAreServedOverMutualTlsAndOthersAreNot() throws Exception {
    TestAuthority authority = new TestAuthority("ca");
    authority.write(directory, "ca");
    authority.server("server").write(directory, "server");
    authority.client("alice").write(directory, "alice");
    String[] identity = {
      "--cacert=" + file("ca.pem"), "--cert=" + file("alice.pem"), "--key=" + file("alice.key")
    };
    String[] curlIdentity = {
      "--cacert", file("ca.pem"), "--cert", file("alice.pem"), "--key", file("alice.key")
    };
    try (ServerProcess member =
        start(
            "--cert-file=" + file("server.pem"),
            "--key-file=" + file("server.key"),
            "--trusted-ca-file=" + file("ca.pem"),
            "--client-cert-auth")) {
      member.awaitReady();
      assertThat(etcdctl(append(identity, "put", "a", "b")).output()).isEqualTo("OK");
      assertThat(etcdctl(append(identity, "get", "a")).output()).isEqualTo("a\nb");
      assertThat(curl("/health", curlIdentity).output()).contains("\"health\":\"true\"");
      member.awaitLogged("JSON clients are served");
      assertThat(curl("/v3/kv/put", append(curlIdentity, "-d", PUT)).output())
          .startsWith("{\"header\"");
      assertThat(etcdctl(append(identity, "get", "a", "--print-value-only")).output())
          .isEqualTo("b");

      assertThat(kvorumctl(identity)).contains("is healthy");

      assertThat(curl("/health", "--cacert", file("ca.pem")).succeeded()).isFalse();
      SystemCommand.Outcome refused =
          etcdctl("--cacert=" + file("ca.pem"), "--command-timeout=1s", "put", "a", "c");
      assertThat(refused.status()).isEqualTo(1);
      assertThat(refused.output()).contains("context deadline exceeded");
      member.awaitLogged("the client has no certificate");
      assertThat(SystemCommand.attempt("curl", "-sS", "http://127.0.0.1:" + plain + "/health"))
          .satisfies(answer -> assertThat(answer.succeeded()).isTrue());
      assertThat(member.terminate()).isZero();
      assertThat(member.complaints())
          .isNotEmpty()
          .allMatch(
              line ->
                  line.contains("rejected a connection of 127.0.0.1:")
                      || line.contains("are served without TLS"));
    }
  }

  /** Auth is set up by alice, whom her certificate does not name as anybody while auth is off. */
  @Test
  void aCertificateNamesItsUserOverGrpcAndIsRefusedOverJson() throws Exception {
    TestAuthority authority = new TestAuthority("ca");
    authority.write(directory, "ca");
    authority.server("server").write(directory, "server");
    authority.client("alice").write(directory, "alice");
    authority.client("bob").write(directory, "bob");
    String[] alice = {
      "--cacert=" + file("ca.pem"), "--cert=" + file("alice.pem"), "--key=" + file("alice.key")
    };
    String[] bob = {
      "--cacert=" + file("ca.pem"), "--cert=" + file("bob.pem"), "--key=" + file("bob.key")
    };
    String[] curlAlice = {
      "--cacert", file("ca.pem"), "--cert", file("alice.pem"), "--key", file("alice.key")
    };
    try (ServerProcess member =
        start(
            "--cert-file=" + file("server.pem"),
            "--key-file=" + file("server.key"),
            "--trusted-ca-file=" + file("ca.pem"),
            "--client-cert-auth",
            "--bcrypt-cost=4")) {
      member.awaitReady();
      for (String setUp :
          List.of(
              "user add root:root",
              "user grant-role root root",
              "user add alice --no-password",
              "role add r",
              "role grant-permission r readwrite a",
              "user grant-role alice r",
              "auth enable")) {
        assertThat(etcdctl(append(alice, setUp.split(" "))).succeeded()).as(setUp).isTrue();
      }
      assertThat(etcdctl(append(alice, "put", "a", "b")).output()).isEqualTo("OK");
      assertThat(etcdctl(append(alice, "get", "b")).output()).contains("permission denied");
      assertThat(etcdctl(append(alice, "--user=root:root", "get", "b")).succeeded()).isTrue();
      assertThat(etcdctl(append(bob, "get", "a")).output()).contains("permission denied");
      assertThat(etcdctl(append(bob, "user", "list")).output()).contains("user name not found");
      assertThat(
              SystemCommand.attempt(
                      "env",
                      "ETCDCTL_API=3",
                      "etcdctl",
                      "--endpoints=http://127.0.0.1:" + plain,
                      "get",
                      "a")
                  .output())
          .contains("user name is empty");
      member.awaitLogged("JSON clients are served");
      assertThat(curl("/v3/kv/range", append(curlAlice, "-d", "{\"key\":\"YQ==\"}")).output())
          .isEqualTo(
              "CommonName of client sending a request against gateway will be ignored and not used"
                  + " as expected");
      assertThat(curl("/health", curlAlice).output()).contains("\"health\":\"true\"");
      assertThatAClientWithoutANameIsNobody(authority, alice);
      assertThat(member.terminate()).isZero();
    }
  }

  /** Were it the one that the server's certificate names, as in etcd, it would be root. */
  private void assertThatAClientWithoutANameIsNobody(TestAuthority authority, String... alice)
      throws Exception {
    authority.clientWithoutName().write(directory, "nameless");
    for (String setUp : List.of("user add server:server", "user grant-role server root")) {
      String[] asRoot = append(append(alice, "--user=root:root"), setUp.split(" "));
      assertThat(etcdctl(asRoot).succeeded()).as(setUp).isTrue();
    }
    assertThat(
            curl(
                    "/v3/kv/range",
                    "--cacert",
                    file("ca.pem"),
                    "--cert",
                    file("nameless.pem"),
                    "--key",
                    file("nameless.key"),
                    "-d",
                    "{\"key\":\"YQ==\"}")
                .output())
        .contains("etcdserver: user name is empty");
  }

  @Test
  void jetcdPutsAndWatchesOverMutualTls() throws Exception {
    TestAuthority authority = new TestAuthority("ca");
    authority.write(directory, "ca");
    authority.server("server").write(directory, "server");
    authority.client("alice").write(directory, "alice");
    try (ServerProcess member =
            start(
                "--cert-file=" + file("server.pem"),
                "--key-file=" + file("server.key"),
                "--trusted-ca-file=" + file("ca.pem"));
        Client client =
            Client.builder()
                .endpoints("https://127.0.0.1:" + secured)
                .sslContext(
                    GrpcSslContexts.forClient()
                        .trustManager(directory.resolve("ca.pem").toFile())
                        .keyManager(
                            directory.resolve("alice.pem").toFile(),
                            directory.resolve("alice.key").toFile())
                        .build())
                .build()) {
      member.awaitReady();
      ByteSequence key = ByteSequence.from("j", StandardCharsets.UTF_8);
      BlockingQueue<WatchResponse> events = new LinkedBlockingQueue<>();
      // The server may take the watch after the put.
      WatchOption sinceTheFirst = WatchOption.builder().withRevision(1).build();
      try (Watch.Watcher watcher = client.getWatchClient().watch(key, sinceTheFirst, events::add)) {
        client.getKVClient().put(key, key).get(60, TimeUnit.SECONDS);
        WatchResponse seen = events.poll(60, TimeUnit.SECONDS);
        assertThat(seen).isNotNull();
        assertThat(seen.getEvents()).hasSize(1);
      }
      assertThat(client.getKVClient().get(key).get(60, TimeUnit.SECONDS).getKvs())
          .singleElement()
          .satisfies(found -> assertThat(found.getValue()).isEqualTo(key));
    }
  }

  /** And on the same port without it. */
  @Test
  void aMemberServesWithACertificateOfItsOwnMaking() throws Exception {
    try (ServerProcess member =
        startWithPlain(secured, "--auto-tls", "--self-signed-cert-validity=2")) {
      member.awaitReady();
      String made = directory.resolve("m/fixtures/client/cert.pem").toString();
      assertThat(curl("/health", "--cacert", made).output()).contains("\"health\":\"true\"");
      assertThat(etcdctl("--cacert=" + made, "put", "a", "b").output()).isEqualTo("OK");
      String plainly = "--endpoints=http://127.0.0.1:" + secured;
      assertThat(
              SystemCommand.attempt("env", "ETCDCTL_API=3", "etcdctl", plainly, "get", "a")
                  .output())
          .isEqualTo("a\nb");
      member.awaitLogged("JSON clients are served");
      assertThat(curl("/v3/kv/put", "--cacert", made, "-d", PUT).output())
          .startsWith("{\"header\"");
      assertThat(
              SystemCommand.attempt(
                      "curl", "-sS", "-d", PUT, "http://127.0.0.1:" + secured + "/v3/kv/put")
                  .output())
          .startsWith("{\"header\"");
      assertThat(Files.getPosixFilePermissions(directory.resolve("m/fixtures/client/key.pem")))
          .hasSize(2);
      assertThat(member.terminate()).isZero();
    }
  }

  @Test
  void whatCannotBeUsedIsRefusedBeforeDataIsTouched() throws Exception {
    try (ServerProcess member =
        start("--cert-file=" + file("none.pem"), "--key-file=" + file("none.key"))) {
      assertThat(member.awaitExit()).isEqualTo(1);
      assertThat(member.complaints())
          .singleElement()
          .asString()
          .endsWith(file("none.pem") + ": no such file or directory");
    }
    try (ServerProcess member = start()) {
      assertThat(member.awaitExit()).isEqualTo(2);
      assertThat(member.complaints())
          .singleElement()
          .asString()
          .endsWith(
              "TLS key/cert (--cert-file, --key-file) must be provided for client url"
                  + " https://127.0.0.1:"
                  + secured
                  + " with HTTPS scheme");
    }
    assertThat(directory.resolve("m")).doesNotExist();
  }

  private static String[] append(String[] first, String... then) {
    List<String> all = new ArrayList<>(List.of(first));
    all.addAll(List.of(then));
    return all.toArray(String[]::new);
  }
}
