package io.kvorum.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.testing.CapturedLog;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerTlsTest {
  @TempDir private Path directory;

  private TlsFiles files(String certificate, String key) {
    return TlsFiles.of(
        directory.resolve(certificate).toString(), directory.resolve(key).toString());
  }

  private void refused(TlsFiles files, String file, String reason) {
    assertThatThrownBy(() -> ServerTls.open(files, TlsProfile.usual()))
        .isInstanceOf(IOException.class)
        .hasMessage(directory.resolve(file) + reason);
  }

  private TlsFiles mutual(String authorities, String revoked) {
    return new TlsFiles(
        new TlsPair(directory.resolve("s.pem").toString(), directory.resolve("s.key").toString()),
        TlsPair.NONE,
        authorities.isEmpty() ? "" : directory.resolve(authorities).toString(),
        true,
        revoked.isEmpty() ? "" : directory.resolve(revoked).toString(),
        AllowedCertificates.ANY);
  }

  @Test
  void whatCannotBeUsedIsRefusedInOneLineThatNamesTheFile() throws Exception {
    TestAuthority authority = new TestAuthority("ca");
    authority.server("s").write(directory, "s");
    authority.server("other").write(directory, "other");
    Files.writeString(directory.resolve("text"), "hello");
    refused(files("none.pem", "s.key"), "none.pem", ": no such file or directory");
    refused(files("s.pem", "none.key"), "none.key", ": no such file or directory");
    refused(files("text", "s.key"), "text", ": it has no certificate in PEM");
    refused(files("s.pem", "text"), "text", " has no private key in PEM that is not encrypted");
    refused(
        files("s.pem", "other.key"),
        "other.key",
        ": the private key does not match the certificate in " + directory.resolve("s.pem"));
    refused(mutual("none", ""), "none", ": no such file or directory");
    refused(mutual("text", ""), "text", ": it has no certificate in PEM");
    refused(mutual("s.pem", "none"), "none", ": no such file or directory");
    refused(mutual("s.pem", "text"), "text", ": it is not a list of revoked certificates");
  }

  @Test
  void aListOfRevokedCertificatesIsDerOrPem() throws Exception {
    TestAuthority authority = new TestAuthority("ca");
    authority.write(directory, "ca");
    authority.server("s").write(directory, "s");
    Path der =
        authority.revoke(directory.resolve("der.crl"), authority.client("gone").certificate());
    Files.writeString(
        directory.resolve("pem.crl"), SelfSigned.pem("X509 CRL", Files.readAllBytes(der)));
    authority.revoke(directory.resolve("empty.crl"));
    for (String list : List.of("der.crl", "pem.crl", "empty.crl")) {
      ServerTls.open(mutual("ca.pem", list), TlsProfile.usual()).close();
    }
  }

  @Test
  void keysMayBeInEachForm() throws Exception {
    for (String key : List.of("server-pkcs1.key", "server-pkcs8.key")) {
      ServerTls.open(
              TlsFiles.of(PemFilesTest.file("server.pem"), PemFilesTest.file(key)),
              TlsProfile.usual())
          .close();
    }
    for (String key : List.of("client-sec1.key", "client-pkcs8.key")) {
      ServerTls.open(
              TlsFiles.of(PemFilesTest.file("client.pem"), PemFilesTest.file(key)),
              TlsProfile.usual())
          .close();
    }
  }

  @Test
  void aBrokenReplacementIsReportedOnceAndTheFormerStaysInUse() throws Exception {
    TestAuthority authority = new TestAuthority("ca");
    authority.server("s").write(directory, "s");
    TestAuthority.Identity next = authority.server("next");
    try (ServerTls tls = ServerTls.open(files("s.pem", "s.key"), TlsProfile.usual());
        CapturedLog log = CapturedLog.of(TlsSource.class)) {
      tls.check();
      assertThat(log.lines()).isEmpty();
      String whole = Files.readString(directory.resolve("s.pem"));
      Files.writeString(directory.resolve("s.pem"), "half");
      tls.check();
      assertThat(log.lines()).isEmpty();
      tls.check();
      tls.check();
      assertThat(log.lines())
          .containsExactly(
              directory.resolve("s.pem")
                  + ": it has no certificate in PEM; what was there before stays in use");
      assertThat(tls.newHandler(new EmbeddedChannel()).engine()).isNotNull();

      Files.writeString(directory.resolve("s.pem"), whole);
      tls.check();
      Files.delete(directory.resolve("s.key"));
      tls.check();
      tls.check();
      assertThat(log.lines()).hasSize(2).last().asString().contains("s.key: no such file");

      next.write(directory, "s");
      tls.check();
      tls.check();
      assertThat(log.lines())
          .hasSize(3)
          .last()
          .isEqualTo(
              "the files of TLS have been replaced: new connections use "
                  + directory.resolve("s.pem"));
    }
  }

  @Test
  void aFloodOfRefusedClientsDoesNotFillTheLog() {
    AtomicLong now = new AtomicLong();
    RefusedHandshakes refused = RefusedHandshakes.ofClients(now::get);
    SocketAddress client = new InetSocketAddress("127.0.0.1", 7);
    try (CapturedLog log = CapturedLog.of(RefusedHandshakes.class)) {
      for (int i = 0; i < 1000; i++) {
        refused.report(client, new SSLException("no cipher suites in common"));
        refused.report(client, new ClosedChannelException());
      }
      assertThat(log.lines())
          .hasSize(RefusedHandshakes.LINES_A_SECOND)
          .containsOnly(
              "rejected a connection of 127.0.0.1:7: the client offers no cipher suite that is allowed");
      now.addAndGet(1_000_000_000);
      refused.report(client, new SSLException("Received fatal alert: bad_certificate"));
      assertThat(log.lines().subList(RefusedHandshakes.LINES_A_SECOND, log.lines().size()))
          .containsExactly(
              "rejected 980 more connections, too many to name",
              "rejected a connection of 127.0.0.1:7: the client refuses the handshake: bad"
                  + " certificate");
    }
  }

  @Test
  void aMemberThatTriesAgainIsNamedOnceAMinute() {
    AtomicLong now = new AtomicLong();
    RefusedHandshakes refused = RefusedHandshakes.ofMembers(now::get);
    try (CapturedLog log = CapturedLog.of(RefusedHandshakes.class)) {
      for (int port = 1; port < 100; port++) {
        refused.report(new InetSocketAddress("127.0.0.1", port), new SSLException("no"));
      }
      refused.report(new InetSocketAddress("127.0.0.2", 1), new SSLException("no"));
      refused.report(new InetSocketAddress("127.0.0.1", 100), new SSLException("never"));
      assertThat(log.lines())
          .containsExactly(
              "rejected a connection of 127.0.0.1:1 on a peer URL: no",
              "rejected a connection of 127.0.0.2:1 on a peer URL: no",
              "rejected a connection of 127.0.0.1:100 on a peer URL: never");
      now.addAndGet(RefusedHandshakes.MEMBERS_REPEAT_NANOS);
      refused.report(new InetSocketAddress("127.0.0.1", 101), new SSLException("no"));
      assertThat(log.lines()).hasSize(4);
    }
  }

  @Test
  void aPairThatIsReplacedOneFileAfterTheOtherIsNotReported() throws Exception {
    TestAuthority authority = new TestAuthority("ca");
    authority.server("s").write(directory, "s");
    TestAuthority.Identity next = authority.server("next");
    try (ServerTls tls = ServerTls.open(files("s.pem", "s.key"), TlsProfile.usual());
        CapturedLog log = CapturedLog.of(TlsSource.class)) {
      byte[] key = Files.readAllBytes(directory.resolve("s.key"));
      next.write(directory, "s");
      byte[] nextKey = Files.readAllBytes(directory.resolve("s.key"));
      Files.write(directory.resolve("s.key"), key);
      tls.check();
      Files.write(directory.resolve("s.key"), nextKey);
      tls.check();
      assertThat(log.lines()).hasSize(1);
      assertThat(log.lines().get(0)).startsWith("the files of TLS have been replaced");
    }
  }
}
