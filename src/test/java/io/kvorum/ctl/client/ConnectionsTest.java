package io.kvorum.ctl.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.grpc.netty.GrpcSslContexts;
import io.kvorum.ctl.StubMember;
import io.kvorum.proto.etcdserverpb.StatusRequest;
import io.kvorum.testing.Ports;
import io.kvorum.tls.PemFilesTest;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import java.io.File;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class ConnectionsTest {
  private static final TlsSettings PLAIN = new TlsSettings("", "", "", false, false);

  private static final TlsSettings MUTUAL =
      new TlsSettings(
          PemFilesTest.file("ca.pem"),
          PemFilesTest.file("client.pem"),
          PemFilesTest.file("client-sec1.key"),
          false,
          false);

  private static ClientSettings settings(
      Duration commandTimeout, TlsSettings tls, String... endpoints) {
    return new ClientSettings(
        Stream.of(endpoints).map(EndpointAddress::parse).toList(),
        Duration.ofSeconds(2),
        commandTimeout,
        Duration.ofSeconds(2),
        Duration.ofSeconds(6),
        0,
        0,
        tls,
        ClientSettings.Credentials.NONE);
  }

  private static void call(TlsSettings tls, Duration commandTimeout, String endpoint)
      throws RpcException, InterruptedException {
    try (Connections connections = new Connections(settings(commandTimeout, tls, endpoint))) {
      connections.any().call(any -> any.maintenance().status(StatusRequest.getDefaultInstance()));
    }
  }

  /** A member that trusts those whom the test's authority has certified. */
  private static StubMember secured() throws Exception {
    SslContext tls =
        GrpcSslContexts.forServer(
                new File(PemFilesTest.file("server.pem")),
                new File(PemFilesTest.file("server-pkcs8.key")))
            .trustManager(new File(PemFilesTest.file("ca.pem")))
            .clientAuth(ClientAuth.REQUIRE)
            .build();
    return new StubMember(tls);
  }

  @Test
  void theFirstEndpointThatCanBeReachedIsTaken() throws Exception {
    try (StubMember member = new StubMember();
        Connections connections =
            new Connections(
                settings(
                    Duration.ofSeconds(30),
                    PLAIN,
                    "127.0.0.1:" + Ports.free(),
                    member.endpoint()))) {
      assertThat(connections.any().endpoint().text()).isEqualTo(member.endpoint());
    }
  }

  @Test
  void answersAreInTheOrderOfTheEndpoints() throws Exception {
    try (StubMember one = new StubMember();
        StubMember two = new StubMember();
        Connections connections =
            new Connections(
                settings(Duration.ofSeconds(30), PLAIN, one.endpoint(), two.endpoint()))) {
      assertThat(connections.each(connection -> connection.endpoint().text()))
          .isEqualTo(List.of(one.endpoint(), two.endpoint()));
    }
  }

  @Test
  void filesOrAUrlMakeAConnectionSecure() throws Exception {
    try (StubMember member = secured()) {
      Duration patience = Duration.ofSeconds(30);
      call(MUTUAL, patience, member.endpoint());
      call(MUTUAL, patience, "https://" + member.endpoint());
      TlsSettings trusting = new TlsSettings("", MUTUAL.certificate(), MUTUAL.key(), false, true);
      call(trusting, patience, member.endpoint());
    }
  }

  @Test
  void aServerThatNobodyKnowsIsNotTalkedTo() throws Exception {
    try (StubMember member = secured()) {
      TlsSettings strict = new TlsSettings("", MUTUAL.certificate(), MUTUAL.key(), false, false);
      assertThatExceptionOfType(RpcException.class)
          .isThrownBy(() -> call(strict, Duration.ofMillis(700), member.endpoint()))
          .withMessage("context deadline exceeded");
    }
  }

  @Test
  void aPlainUrlIsPlainWhateverFilesThereAre() throws Exception {
    try (StubMember member = new StubMember()) {
      call(MUTUAL, Duration.ofSeconds(30), "http://" + member.endpoint());
    }
  }

  @Test
  void aFileThatIsMissingIsNamed() {
    TlsSettings tls = new TlsSettings("nofile.pem", "", "", false, false);
    assertThatExceptionOfType(RpcException.class)
        .isThrownBy(() -> call(tls, Duration.ofSeconds(1), "127.0.0.1:1"))
        .withMessage("nofile.pem: no such file or directory");
  }
}
