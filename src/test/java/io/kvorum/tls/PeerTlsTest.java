package io.kvorum.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.peer.grpc.TestPeer;
import io.kvorum.testing.Await;
import io.kvorum.testing.CapturedLog;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The peer port over TLS, from both sides. */
@Timeout(120)
class PeerTlsTest {
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private static final byte[] EMPTY_SETTINGS = {0, 0, 0, 4, 0, 0, 0, 0, 0};
  private static final int TYPE_OF_FRAME = 3;
  private static final int SETTINGS = 4;

  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final PeerTls.Rules USUAL = new PeerTls.Rules(true, true);

  @TempDir private Path directory;
  private final List<AutoCloseable> opened = new ArrayList<>();
  private TestAuthority authority;
  private CapturedLog log;
  private CapturedLog links;

  /** Names are those of {@link CallerAddressTest}; 127.0.0.1 is localhost. */
  private static final CallerAddress.Names NAMES =
      new CallerAddress.Names() {
        @Override
        public String of(InetAddress address) {
          return address.isLoopbackAddress() ? "localhost" : CallerAddressTest.NAMES.of(address);
        }

        @Override
        public List<InetAddress> addresses(String name) throws UnknownHostException {
          return CallerAddressTest.NAMES.addresses(name);
        }
      };

  @BeforeEach
  void makeAuthority() throws Exception {
    authority = new TestAuthority("ca");
    authority.write(directory, "ca");
    authority.revoke(directory.resolve("gone.crl"));
    authority.member("own", "127.0.0.1").write(directory, "own");
    log = keep(CapturedLog.of(RefusedHandshakes.class));
    links = keep(CapturedLog.of("io.kvorum.peer.grpc.link.PeerLink"));
  }

  @AfterEach
  void close() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }

  private <T extends AutoCloseable> T keep(T resource) {
    opened.add(resource);
    return resource;
  }

  private String file(String name) {
    return directory.resolve(name).toString();
  }

  private TlsPair pair(String name) {
    return new TlsPair(file(name + ".pem"), file(name + ".key"));
  }

  private TlsFiles files(String name, AllowedCertificates allowed) {
    return new TlsFiles(pair(name), TlsPair.NONE, file("ca.pem"), true, file("gone.crl"), allowed);
  }

  private TlsFiles files(String name) {
    return files(name, AllowedCertificates.ANY);
  }

  private PeerTls tls(TlsFiles files, PeerTls.Rules rules) throws IOException {
    return tls(files, rules, NAMES);
  }

  private PeerTls tls(TlsFiles files, PeerTls.Rules rules, CallerAddress.Names names)
      throws IOException {
    return keep(
        PeerTls.open(files, TlsProfile.usual(), rules, Set.of(), new CallerAddress(names, LIMIT)));
  }

  private TestPeer peer(long id, TlsFiles files) throws IOException {
    return keep(new TestPeer(id, tls(files, USUAL)));
  }

  private static InetSocketAddress address(TestPeer peer) {
    return peer.transport.addresses().get(0);
  }

  /** Whether gRPC answers; what happens before is the same for those that are refused. */
  private boolean isServed(TestPeer peer, TestAuthority.@Nullable Identity caller)
      throws Exception {
    try (SSLSocket socket = TestSockets.connect(authority, caller, address(peer))) {
      socket.getOutputStream().write(PREFACE);
      socket.getOutputStream().write(EMPTY_SETTINGS);
      byte[] frame = socket.getInputStream().readNBytes(EMPTY_SETTINGS.length);
      return frame.length == EMPTY_SETTINGS.length && frame[TYPE_OF_FRAME] == SETTINGS;
    } catch (IOException refused) {
      return false;
    }
  }

  private void served(TestPeer peer, TestAuthority.@Nullable Identity caller) throws Exception {
    assertThat(isServed(peer, caller)).isTrue();
  }

  private void refused(TestPeer peer, TestAuthority.@Nullable Identity caller, String reason)
      throws Exception {
    int before = log.lines().size();
    assertThat(isServed(peer, caller)).isFalse();
    Await.until("a line", LIMIT, () -> log.lines().size() > before);
    assertThat(log.lines()).hasSize(before + 1);
    assertThat(log.lines().get(before))
        .matches("rejected a connection of 127\\.0\\.0\\.1:\\d+ on a peer URL: .*")
        .endsWith(": " + reason);
  }

  @Test
  void theCertificateOfACallerDecides() throws Exception {
    TestAuthority.Identity gone = authority.member("gone", "127.0.0.1");
    authority.revoke(directory.resolve("gone.crl"), gone.certificate());
    TestPeer peer = peer(1, files("own"));
    served(peer, authority.member("m", "127.0.0.1"));
    served(peer, authority.client("m", "10.9.8.7", "127.0.0.1"));
    served(peer, authority.client("m"));
    served(peer, authority.client("m", "localhost"));
    served(peer, authority.client("m", "10.9.8.7", "localhost"));

    refused(peer, null, "the client has no certificate");
    refused(
        peer,
        authority.client("m", "10.9.8.7"),
        "the client's certificate is valid for 10.9.8.7, not for 127.0.0.1");
    refused(
        peer,
        authority.client("m", "nosuch.invalid"),
        "127.0.0.1 does not match any of the names [nosuch.invalid] of the client's certificate"
            + " (unknown host nosuch.invalid)");
    refused(
        peer,
        gone,
        "the client's certificate is revoked: serial number "
            + gone.certificate().getSerialNumber().toString(16));
    refused(
        peer,
        new TestAuthority("other").client("m", "127.0.0.1"),
        "the client's certificate is signed by an unknown authority");
    refused(peer, authority.expiredClient(), "the client's certificate has expired");
    refused(peer, authority.futureClient(), "the client's certificate is not valid yet");
    refused(
        peer,
        authority.server("m"),
        "the client's certificate is not acceptable: Extended key usage does not permit use for TLS"
            + " client authentication");
  }

  @Test
  void aCertificateMayComeFromAnywhereWhereAddressesAreNotVerified() throws Exception {
    TestPeer peer = keep(new TestPeer(1, tls(files("own"), new PeerTls.Rules(true, false))));
    served(peer, authority.client("m", "10.9.8.7"));
    served(peer, authority.client("m", "nosuch.invalid"));
    refused(peer, null, "the client has no certificate");
  }

  @Test
  void onlyAllowedNamesAndHostsAreServed() throws Exception {
    TestPeer names =
        peer(1, files("own", new AllowedCertificates(List.of(), List.of("al", "peera"))));
    served(names, authority.client("al"));
    served(names, authority.client("peera", "127.0.0.1"));
    refused(
        names,
        authority.client("AL"),
        "the client's certificate has the common name \"AL\", which is not allowed");
    refused(
        names,
        authority.client("", "127.0.0.1"),
        "the client's certificate has no common name, and needs an allowed one");
    TestPeer hosts =
        peer(2, files("own", new AllowedCertificates(List.of("127.0.0.1"), List.of())));
    served(hosts, authority.client("m", "127.0.0.1"));
    refused(hosts, authority.client("m"), "the client's certificate is valid for no allowed host");
  }

  @Test
  void withoutAuthorityEveryCallerIsServedButNotInClear() throws Exception {
    TestPeer peer = peer(1, TlsFiles.of(file("own.pem"), file("own.key")));
    served(peer, null);
    served(peer, new TestAuthority("other").client("m", "10.9.8.7"));
    TestPeer plain = keep(new TestPeer(2));
    plain.transport.update(
        List.of(plain.member(), TestPeer.member(1, "http://127.0.0.1:" + peer.port())));
    Await.until("a line", LIMIT, () -> !log.lines().isEmpty());
    assertThat(log.lines().get(0)).endsWith(" on a peer URL: the client does not speak TLS");
    assertThat(plain.changes).doesNotContain("connected 1");
  }

  @Test
  void membersExchangeMessagesAsTheirUrlsSay() throws Exception {
    authority.client("caller").write(directory, "caller");
    TestPeer one = peer(1, files("own"));
    TestPeer two =
        peer(
            2,
            new TlsFiles(
                pair("own"), pair("caller"), file("ca.pem"), true, "", AllowedCertificates.ANY));
    TestPeer plain =
        peer(
            3,
            new TlsFiles(
                TlsPair.NONE, pair("caller"), file("ca.pem"), false, "", AllowedCertificates.ANY));
    assertThat(one.url()).startsWith("https:");
    assertThat(plain.url()).startsWith("http:");
    TestPeer.join(one, two, plain);
    for (TestPeer each : List.of(one, two, plain)) {
      each.awaitConnections(2);
    }
    assertThat(one.transport.send(2, TestPeer.message(1))).isTrue();
    assertThat(two.next().message()).isEqualTo(TestPeer.message(1));
    assertThat(plain.transport.send(1, TestPeer.message(2))).isTrue();
    assertThat(one.next().message()).isEqualTo(TestPeer.message(2));
    assertThat(two.transport.send(3, TestPeer.message(3))).isTrue();
    assertThat(plain.next().message()).isEqualTo(TestPeer.message(3));
    assertThat(log.lines()).isEmpty();
  }

  private void unreachable(TestPeer called, TestPeer caller, String reason) {
    caller.transport.update(List.of(called.member(), caller.member()));
    String line = " at " + called.url() + ": " + reason;
    Await.until(
        "a line", LIMIT, () -> links.lines().stream().anyMatch(each -> each.contains(line)));
    assertThat(links.lines())
        .filteredOn(each -> each.contains(line))
        .singleElement()
        .asString()
        .startsWith("cannot reach member ");
    assertThat(caller.changes).noneMatch(change -> change.startsWith("connected"));
  }

  @Test
  void aCalledMemberMustBeTheOneOfTheUrl() throws Exception {
    authority.member("elsewhere", "10.0.0.1", "m1.example").write(directory, "elsewhere");
    authority.member("nowhere").write(directory, "nowhere");
    new TestAuthority("other").member("m", "127.0.0.1").write(directory, "other");
    unreachable(
        peer(1, files("elsewhere")),
        peer(2, files("own")),
        "the server's certificate is valid for m1.example, 10.0.0.1, not for 127.0.0.1");
    unreachable(
        peer(3, files("nowhere")),
        peer(4, files("own")),
        "the server's certificate names no host, and must be valid for 127.0.0.1");
    unreachable(
        peer(5, files("other")),
        peer(6, files("own")),
        "the server's certificate is signed by an unknown authority");
    unreachable(
        peer(7, files("own")),
        peer(8, files("own", new AllowedCertificates(List.of(), List.of("m1")))),
        "the server's certificate has the common name \"own\", which is not allowed");
    unreachable(
        peer(9, files("own")),
        keep(new TestPeer(10)),
        "the server's certificate is signed by an unknown authority");
    assertThat(log.lines())
        .isNotEmpty()
        .allMatch(line -> line.contains("the client refuses the handshake: "));
  }

  @Test
  void bothSidesLogWhyACallerIsRefused() throws Exception {
    new TestAuthority("other").client("stranger").write(directory, "stranger");
    TestPeer called = peer(1, files("own"));
    TestPeer withoutCertificate =
        peer(
            2,
            new TlsFiles(
                TlsPair.NONE, TlsPair.NONE, file("ca.pem"), false, "", AllowedCertificates.ANY));
    unreachable(called, withoutCertificate, "the server refuses the handshake: bad certificate");
    // It tries again and again, and leaves no further line.
    assertThat(withoutCertificate.failures.await(5)).isTrue();
    Await.until("a line", LIMIT, () -> !log.lines().isEmpty());
    assertThat(log.lines())
        .singleElement()
        .asString()
        .endsWith("on a peer URL: the client has no certificate");
    unreachable(
        called,
        peer(
            3,
            new TlsFiles(
                TlsPair.NONE,
                pair("stranger"),
                file("ca.pem"),
                false,
                "",
                AllowedCertificates.ANY)),
        "the server refuses the handshake: certificate unknown");
    Await.until("a line", LIMIT, () -> log.lines().size() > 1);
    assertThat(log.lines())
        .hasSize(2)
        .last()
        .asString()
        .endsWith("the client's certificate is signed by an unknown authority");
  }

  @Test
  void withCertificatesOfTheirOwnMakingMembersJustEncrypt() throws Exception {
    List<TestPeer> peers = new ArrayList<>();
    for (String name : List.of("a", "b")) {
      SelfSigned.make(directory.resolve(name), List.of("127.0.0.1"), 1, Clock.systemUTC());
      TlsPair made = SelfSigned.in(directory.resolve(name));
      peers.add(
          keep(
              new TestPeer(
                  peers.size() + 1,
                  tls(
                      TlsFiles.of(made.certificate(), made.key()),
                      new PeerTls.Rules(false, true)))));
    }
    TestPeer.join(peers.get(0), peers.get(1));
    peers.get(0).awaitConnections(1);
    assertThat(peers.get(0).transport.send(2, TestPeer.message(1))).isTrue();
    assertThat(peers.get(1).next().message()).isEqualTo(TestPeer.message(1));
  }

  @Test
  void aNameThatIsLookedUpDelaysNobodyElse() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch answer = new CountDownLatch(1);
    CallerAddress.Names slow =
        new CallerAddress.Names() {
          @Override
          public String of(InetAddress address) {
            asked.countDown();
            try {
              assertThat(answer.await(60, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException stopped) {
              throw new IllegalStateException(stopped);
            }
            return "slow.example";
          }

          @Override
          public List<InetAddress> addresses(String name) {
            return List.of();
          }
        };
    TestPeer peer = keep(new TestPeer(1, tls(files("own"), USUAL, slow)));
    CompletableFuture<Boolean> waiting =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return isServed(peer, authority.client("m", "slow.example"));
              } catch (Exception failed) {
                throw new IllegalStateException(failed);
              }
            });
    assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
    // As many as reach every event loop of the port, those of the one that waits included.
    for (int i = 0; i < 4; i++) {
      served(peer, authority.client("m"));
    }
    assertThat(waiting).isNotDone();
    answer.countDown();
    assertThat(waiting.get(20, TimeUnit.SECONDS)).isTrue();
  }

  private String presentedBy(TestPeer peer, TestAuthority trusted, TestAuthority.Identity caller)
      throws Exception {
    try (SSLSocket socket = TestSockets.connect(trusted, caller, address(peer))) {
      socket.startHandshake();
      return socket.getSession().getPeerPrincipal().getName();
    }
  }

  @Test
  void replacedFilesCountInBothDirectionsAndOpenLinksStay() throws Exception {
    authority.member("one", "127.0.0.1").write(directory, "one");
    authority.member("two", "127.0.0.1").write(directory, "two");
    PeerTls tlsOfOne = tls(files("one"), USUAL);
    PeerTls tlsOfTwo = tls(files("two"), USUAL);
    TestPeer one = keep(new TestPeer(1, tlsOfOne));
    TestPeer two = keep(new TestPeer(2, tlsOfTwo));
    TestPeer.join(one, two);
    one.awaitConnections(1);
    two.awaitConnections(1);
    tlsOfOne.start();
    tlsOfTwo.start();

    TestAuthority next = new TestAuthority("next");
    Path bundle = directory.resolve("ca.pem");
    String former = Files.readString(bundle);
    next.write(directory, "next");
    Files.writeString(bundle, former + Files.readString(directory.resolve("next.pem")));
    TestAuthority.Identity ofNext = next.member("new", "127.0.0.1");
    Await.until("both authorities", LIMIT, () -> isServed(one, ofNext) && isServed(two, ofNext));
    next.member("one next", "127.0.0.1").write(directory, "one");
    next.member("two next", "127.0.0.1").write(directory, "two");
    Await.until(
        "the new certificate", LIMIT, () -> presentedBy(one, next, ofNext).equals("CN=one next"));
    Files.writeString(bundle, Files.readString(directory.resolve("next.pem")));
    TestAuthority.Identity ofFormer = authority.member("old", "127.0.0.1");
    Await.until("the new authority", LIMIT, () -> !isServed(one, ofFormer));
    Await.until("the new authority", LIMIT, () -> !isServed(two, ofFormer));

    assertThat(one.transport.send(2, TestPeer.message(1))).isTrue();
    assertThat(two.next().message()).isEqualTo(TestPeer.message(1));
    assertThat(one.changes).isEmpty();
    assertThat(two.changes).isEmpty();

    // A third one calls with what it has read meanwhile, and is called so.
    TestPeer three = peer(3, files("two"));
    TestPeer.join(one, two, three);
    three.awaitConnections(2);
    one.awaitConnections(1);

    next.revoke(directory.resolve("gone.crl"), ofNext.certificate());
    Await.until("the revocation", LIMIT, () -> !isServed(one, ofNext));
    assertThat(links.lines()).noneMatch(line -> line.startsWith("lost connection"));
  }

  @Test
  void aBrokenReplacementLeavesTheFormerInUse() throws Exception {
    PeerTls tls = tls(files("own"), USUAL);
    TestPeer peer = keep(new TestPeer(1, tls));
    try (CapturedLog source = CapturedLog.of(TlsSource.class)) {
      tls.start();
      Files.writeString(directory.resolve("ca.pem"), "half");
      Await.until("a line", LIMIT, () -> !source.lines().isEmpty());
      assertThat(source.lines())
          .containsExactly(
              file("ca.pem")
                  + ": it has no certificate in PEM; what was there before stays in use");
      served(peer, authority.client("m"));
      refused(peer, null, "the client has no certificate");
    }
  }
}
