package io.kvorum.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.StatusResponse;
import io.kvorum.testing.Await;
import io.kvorum.testing.Channels;
import io.kvorum.testing.LocalCluster;
import io.kvorum.testing.LocalMember;
import io.kvorum.testing.Paired;
import io.kvorum.testing.Place;
import io.kvorum.testing.Ports;
import io.kvorum.testing.RecordingProxy;
import io.kvorum.testing.Refusals;
import io.kvorum.testing.ServerProcess;
import io.kvorum.testing.SteadyWriter;
import io.kvorum.tls.TestAuthority;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clusters of real processes whose members talk through TLS. */
@Paired
@Timeout(900)
final class PeerTlsIT {
  private static final String KEY = "a-key-that-is-nobodys-business";
  private static final String VALUE = "a-value-that-is-nobodys-business";

  @TempDir private Path directory;
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final Map<LocalMember, URI> securedClients = new HashMap<>();

  /** What the members are called at, in front of what they listen on. */
  private final Map<LocalMember, URI> listening = new HashMap<>();

  private final List<RecordingProxy> proxies = new ArrayList<>();

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

  private static URI url(String scheme, int port) {
    return URI.create(scheme + "://127.0.0.1:" + port);
  }

  private LocalCluster newCluster(String... flags) {
    return keep(new LocalCluster(List.of(flags), LocalCluster.smallHeap()));
  }

  /** A member that is called through a proxy that keeps all bytes. */
  private LocalMember prepare(LocalCluster cluster, String name, String scheme) throws IOException {
    int called = Ports.free();
    int own = Ports.free();
    Place place = new Place(Ports.freeUrl(), url(scheme, called), Ports.freeUrl(), List.of());
    LocalMember member =
        cluster.prepare(name, place, directory.resolve(name), directory.resolve(name + ".log"));
    securedClients.put(member, url("https", Ports.free()));
    listening.put(member, url(scheme, own));
    proxies.add(keep(new RecordingProxy(called, own)));
    return member;
  }

  private ServerProcess start(LocalCluster cluster, LocalMember member, boolean securesClients)
      throws IOException {
    String clients =
        securesClients ? member.client() + "," + securedClients.get(member) : "" + member.client();
    return cluster.start(
        member,
        "new",
        "--listen-client-urls=" + clients,
        "--listen-peer-urls=" + listening.get(member));
  }

  private void found(LocalCluster cluster, boolean securesClients) throws Exception {
    for (LocalMember member : cluster.members()) {
      start(cluster, member, securesClients);
    }
    for (LocalMember member : cluster.members()) {
      member.process().awaitReady();
    }
  }

  private static void put(LocalMember member) {
    ManagedChannel channel = Channels.to(member.client());
    try {
      KVGrpc.newBlockingStub(channel)
          .withDeadlineAfter(60, TimeUnit.SECONDS)
          .put(
              PutRequest.newBuilder()
                  .setKey(ByteString.copyFromUtf8(KEY))
                  .setValue(ByteString.copyFromUtf8(VALUE))
                  .build());
    } finally {
      channel.shutdownNow();
    }
  }

  private static String valueAt(LocalMember member) {
    ManagedChannel channel = Channels.to(member.client());
    try {
      return KVGrpc.newBlockingStub(channel)
          .withDeadlineAfter(60, TimeUnit.SECONDS)
          .range(RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8(KEY)).build())
          .getKvs(0)
          .getValue()
          .toStringUtf8();
    } finally {
      channel.shutdownNow();
    }
  }

  /** As a whole, as tools do that renew certificates. */
  private void replace(String name, String content) throws IOException {
    Path next = Files.writeString(directory.resolve(name + ".next"), content);
    Files.move(next, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  private void write(TestAuthority authority, String name) throws Exception {
    authority.member(name, "127.0.0.1").write(directory, name);
  }

  private SslContext identity(String name, TestAuthority... trusted) throws Exception {
    return GrpcSslContexts.forClient()
        .trustManager(List.of(trusted).stream().map(TestAuthority::certificate).toList())
        .keyManager(
            directory.resolve(name + ".pem").toFile(), directory.resolve(name + ".key").toFile())
        .build();
  }

  private static ManagedChannel channel(URI endpoint, SslContext context) {
    return NettyChannelBuilder.forAddress(endpoint.getHost(), endpoint.getPort())
        .sslContext(context)
        .disableRetry()
        .build();
  }

  /** Puts over one new connection after the other, until it is closed. */
  private static final class Newcomers implements AutoCloseable {
    private final List<URI> endpoints;
    private final AtomicReference<SslContext> identity;
    private final Refusals refusals;
    private final Thread thread = new Thread(this::run, "newcomers");
    private volatile boolean isStopped;
    private volatile int puts;

    Newcomers(List<URI> endpoints, AtomicReference<SslContext> identity, Refusals refusals) {
      this.endpoints = endpoints;
      this.identity = identity;
      this.refusals = refusals;
      thread.setDaemon(true);
      thread.start();
    }

    @SuppressWarnings("NonAtomicOperationOnVolatileField") // One thread writes.
    private void run() {
      while (!isStopped) {
        ManagedChannel channel = channel(endpoints.get(puts % endpoints.size()), identity.get());
        try {
          KVGrpc.newBlockingStub(channel)
              .withDeadlineAfter(20, TimeUnit.SECONDS)
              .put(PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("newcomer")).build());
        } catch (io.grpc.StatusRuntimeException failed) {
          refusals.add(failed);
        } finally {
          channel.shutdownNow();
        }
        puts++;
      }
    }

    void awaitMore() {
      int before = puts;
      Await.until("more newcomers", Duration.ofMinutes(1), () -> puts > before + 6);
    }

    @Override
    public void close() throws InterruptedException {
      isStopped = true;
      thread.join(60_000);
    }
  }

  private static long count(LocalMember member, String part) {
    try {
      return member.process().output().lines().filter(line -> line.contains(part)).count();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** Until each member has called each other one. */
  private static void awaitConnected(LocalCluster cluster) {
    for (LocalMember member : cluster.members()) {
      for (LocalMember other : cluster.without(member)) {
        Await.until(
            member + " is connected to " + other + member.lastOutput(),
            Duration.ofMinutes(1),
            () ->
                member
                    .process()
                    .output()
                    .lines()
                    .anyMatch(
                        line ->
                            line.contains("connected to member")
                                && line.endsWith(" at " + other.peer())));
      }
    }
  }

  /** Until each member has read the files of both sides so many times. */
  private static void awaitReplaced(LocalCluster cluster, int times) {
    for (LocalMember member : cluster.members()) {
      Await.until(
          member + " has read the files" + member.lastOutput(),
          Duration.ofMinutes(1),
          () -> count(member, "the files of TLS have been replaced") >= 2L * times);
    }
  }

  @Test
  void everyCertificateAndTheAuthorityAreReplacedUnderLoadAndNobodyNotices() throws Exception {
    TestAuthority former = new TestAuthority("former");
    TestAuthority next = new TestAuthority("next");
    former.write(directory, "former");
    next.write(directory, "next");
    String ofFormer = Files.readString(directory.resolve("former.pem"));
    String ofNext = Files.readString(directory.resolve("next.pem"));
    replace("ca.pem", ofFormer);
    write(former, "member");
    write(former, "server");
    former.client("client").write(directory, "client");
    next.client("next-client").write(directory, "next-client");
    LocalCluster cluster =
        newCluster(
            "--cert-file=" + file("server.pem"),
            "--key-file=" + file("server.key"),
            "--trusted-ca-file=" + file("ca.pem"),
            "--peer-cert-file=" + file("member.pem"),
            "--peer-key-file=" + file("member.key"),
            "--peer-trusted-ca-file=" + file("ca.pem"),
            "--peer-client-cert-auth",
            // So that a busy machine is no reason for an election.
            "--heartbeat-interval=500",
            "--election-timeout=5000");
    for (String name : List.of("m1", "m2", "m3")) {
      prepare(cluster, name, "https");
    }
    found(cluster, true);
    cluster.awaitServing();
    awaitConnected(cluster);
    LocalMember leader = cluster.awaitLeader();
    StatusResponse before = leader.status();
    Map<LocalMember, Long> connections = new HashMap<>();
    cluster.members().forEach(each -> connections.put(each, count(each, "connected to member")));

    List<URI> endpoints = cluster.members().stream().map(securedClients::get).toList();
    Refusals refusals = new Refusals();
    AtomicReference<SslContext> newcomer = new AtomicReference<>(identity("client", former, next));
    SslContext lasting = identity("client", former, next);
    SteadyWriter writer =
        keep(
            new SteadyWriter(
                "lasting",
                endpoints,
                SteadyWriter.Pace.PATIENT,
                refusals,
                url -> url.getScheme().equals("https") ? channel(url, lasting) : Channels.to(url)));
    try (Newcomers newcomers = new Newcomers(endpoints, newcomer, refusals)) {
      newcomers.awaitMore();
      replace("ca.pem", ofFormer + ofNext);
      awaitReplaced(cluster, 1);
      newcomers.awaitMore();
      newcomer.set(identity("next-client", former, next));
      write(next, "member");
      write(next, "server");
      awaitReplaced(cluster, 2);
      newcomers.awaitMore();
      replace("ca.pem", ofNext);
      awaitReplaced(cluster, 3);
      newcomers.awaitMore();
      writer.awaitMore(50);
    }
    put(cluster.member(0));
    writer.stop();
    assertThat(refusals).hasToString(new Refusals().toString());
    StatusResponse after = leader.status();
    assertThat(after.getLeader()).isEqualTo(before.getLeader());
    assertThat(after.getRaftTerm()).isEqualTo(before.getRaftTerm());
    for (LocalMember member : cluster.members()) {
      assertThat(count(member, "connected to member")).isEqualTo(connections.get(member));
      assertThat(count(member, "lost connection")).isZero();
      assertThat(valueAt(member)).isEqualTo(VALUE);
    }

    LocalMember follower = cluster.awaitFollower();
    follower.stop();
    start(cluster, follower, true).awaitReady();
    follower.awaitServing();
    writer.assertNothingLost(follower.client());
    assertThat(cluster.awaitLeader()).isSameAs(leader);

    assertThat(proxies).allMatch(proxy -> proxy.size() > 0);
    assertThat(proxies).noneMatch(proxy -> proxy.has(KEY) || proxy.has(VALUE));
    assertThat(proxies).noneMatch(proxy -> proxy.has("steady/lasting"));
    aStrangerGetsNothing(cluster);
  }

  /** It has been added, and knows a certificate of the former authority. */
  private void aStrangerGetsNothing(LocalCluster cluster) throws Exception {
    TestAuthority other = new TestAuthority("other");
    write(other, "stranger");
    replace("both.pem", Files.readString(directory.resolve("ca.pem")));
    LocalMember stranger = prepare(cluster, "m4", "https");
    for (String presented : List.of("stranger", "")) {
      List<String> flags =
          new ArrayList<>(
              List.of(
                  "--listen-peer-urls=" + listening.get(stranger),
                  "--listen-client-urls=" + stranger.client(),
                  "--cert-file=",
                  "--key-file=",
                  "--trusted-ca-file=",
                  "--peer-trusted-ca-file=" + file("both.pem")));
      if (presented.isEmpty()) {
        // No certificate at all: it listens in clear, and calls those that do not.
        flags.add("--listen-peer-urls=" + url("http", Ports.free()));
        flags.addAll(List.of("--peer-cert-file=", "--peer-key-file=", "--peer-client-cert-auth=0"));
      } else {
        flags.add("--peer-cert-file=" + file(presented + ".pem"));
        flags.add("--peer-key-file=" + file(presented + ".key"));
      }
      ServerProcess process = cluster.start(stranger, "existing", flags.toArray(String[]::new));
      assertThat(process.awaitExit()).isEqualTo(1);
      assertThat(process.complaints())
          .anyMatch(line -> line.contains("could not retrieve cluster information"));
      for (LocalMember member : cluster.without(stranger)) {
        assertThat(process.complaints())
            .filteredOn(line -> line.contains(member.peer() + ": the server refuses the handshake"))
            .hasSize(1);
        assertThat(member.process().complaints())
            .anyMatch(
                line ->
                    line.contains(
                        presented.isEmpty()
                            ? "on a peer URL: the client has no certificate"
                            : "on a peer URL: the client's certificate is signed by an unknown"));
      }
    }
    cluster.forget(stranger);
  }

  @Test
  void withoutTlsTheProxySeesEverything() throws Exception {
    LocalCluster cluster = newCluster();
    prepare(cluster, "m1", "http");
    prepare(cluster, "m2", "http");
    found(cluster, false);
    put(cluster.member(0));
    assertThat(valueAt(cluster.member(1))).isEqualTo(VALUE);
    assertThat(proxies).anyMatch(proxy -> proxy.has(KEY) && proxy.has(VALUE));
  }

  @Test
  void membersWithCertificatesOfTheirOwnMakingEncrypt() throws Exception {
    LocalCluster cluster = newCluster("--peer-auto-tls");
    prepare(cluster, "m1", "https");
    LocalMember second = prepare(cluster, "m2", "https");
    found(cluster, false);
    put(cluster.member(0));
    assertThat(valueAt(second)).isEqualTo(VALUE);
    String made = Files.readString(second.dataDirectory().resolve("fixtures/peer/cert.pem"));
    second.stop();
    start(cluster, second, false).awaitReady();
    assertThat(valueAt(second)).isEqualTo(VALUE);
    assertThat(second.dataDirectory().resolve("fixtures/peer/cert.pem")).hasContent(made);
    assertThat(proxies).allMatch(proxy -> proxy.size() > 0);
    assertThat(proxies).noneMatch(proxy -> proxy.has(KEY) || proxy.has(VALUE));
  }

  @Test
  void whatCannotBeUsedIsRefusedBeforeDataIsTouched() throws Exception {
    try (ServerProcess member =
        ServerProcess.kvorum(
            "--data-dir=" + directory.resolve("m"),
            "--kvorum-admin-url=",
            "--listen-peer-urls=" + url("https", Ports.free()),
            "--peer-cert-file=" + file("none.pem"),
            "--peer-key-file=" + file("none.key"))) {
      assertThat(member.awaitExit()).isEqualTo(1);
      assertThat(member.complaints())
          .singleElement()
          .asString()
          .endsWith(file("none.pem") + ": no such file or directory");
    }
    assertThat(directory.resolve("m")).doesNotExist();
  }
}
