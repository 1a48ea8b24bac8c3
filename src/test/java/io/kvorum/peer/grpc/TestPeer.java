package io.kvorum.peer.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.PeerTransport;
import io.kvorum.lease.LeaseClock;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.peer.ClusterDescription;
import io.kvorum.peer.PeerIdentity;
import io.kvorum.peer.PeerServices;
import io.kvorum.peer.PeerSettings;
import io.kvorum.peer.RemovedMembers;
import io.kvorum.tls.PeerTls;
import io.kvorum.tls.TlsProfile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A member that consists of a transport, and records what it receives. */
public final class TestPeer implements AutoCloseable, PeerTransport.Receiver, RemovedMembers {
  public static final long CLUSTER = 0xc1;
  public static final PeerTls NO_TLS = PeerTls.withoutFiles(TlsProfile.usual());
  public static final Duration LIMIT = Duration.ofSeconds(10);

  public record Received(long sender, PeerMessage message) {}

  public final long id;
  public final GrpcPeerTransport transport;
  private final boolean isSecured;
  public final BlockingQueue<Received> messages = new LinkedBlockingQueue<>();
  public final BlockingQueue<String> changes = new LinkedBlockingQueue<>();
  public final CompletableFuture<Void> removed = new CompletableFuture<>();
  public final CountingRandom failures = new CountingRandom();
  public final Set<Long> removedMembers = ConcurrentHashMap.newKeySet();

  /** False while received messages are not taken. */
  public volatile boolean takes = true;

  public final Queue<Runnable> untaken = new ConcurrentLinkedQueue<>();
  public final AtomicLong untakenBytes = new AtomicLong();

  /** Counts failed attempts to connect: each draws one number. */
  public static final class CountingRandom extends Random {
    private static final long serialVersionUID = 1L;
    private final transient Semaphore draws = new Semaphore(0);

    @Override
    public double nextDouble() {
      draws.release();
      return 0;
    }

    public boolean await(int count) throws InterruptedException {
      return draws.tryAcquire(count, LIMIT.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  /** Settings that detect failures quickly. */
  public static PeerSettings settings(int port) {
    return new PeerSettings(
        List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)),
        16 << 20,
        Duration.ofMillis(200),
        Duration.ofSeconds(5),
        Duration.ofMillis(10),
        Duration.ofMillis(100),
        Duration.ofSeconds(10),
        Duration.ofSeconds(7));
  }

  public static PeerServices noServices() {
    return new PeerServices(
        () -> new ClusterDescription(CLUSTER, 0, 0, 0, List.of(), "test"),
        new LeaseClock() {
          @Override
          public CompletableFuture<Long> renew(long leaseId) {
            return CompletableFuture.failedFuture(new RequestException(ErrorCode.NOT_LEADER));
          }

          @Override
          public CompletableFuture<Long> remainingSeconds(long leaseId) {
            return renew(leaseId);
          }
        },
        memberId -> CompletableFuture.failedFuture(new RequestException(ErrorCode.NOT_LEADER)),
        question -> CompletableFuture.failedFuture(new RequestException(ErrorCode.COMPACTED)),
        atLeastIndex -> {
          throw new IOException("nothing to read");
        });
  }

  public TestPeer(long id) throws IOException {
    this(id, CLUSTER, settings(0), noServices());
  }

  public TestPeer(long id, PeerSettings settings) throws IOException {
    this(id, CLUSTER, settings, noServices());
  }

  public TestPeer(long id, long clusterId, PeerSettings settings, PeerServices services)
      throws IOException {
    this(id, clusterId, settings, services, NO_TLS);
  }

  /** One whose connections are secured if its only address is not a plain one. */
  public TestPeer(long id, PeerTls tls) throws IOException {
    this(id, CLUSTER, settings(0), noServices(), tls);
  }

  private TestPeer(
      long id, long clusterId, PeerSettings settings, PeerServices services, PeerTls tls)
      throws IOException {
    this.id = id;
    this.isSecured = tls.listeners().tls() != null;
    this.transport =
        new GrpcPeerTransport(
            settings, tls, new PeerIdentity(clusterId, id), TestPeer::nameOf, failures);
    transport.deliverTo(this);
    transport.start(services, this, List.of());
  }

  public int port() {
    return transport.addresses().get(0).getPort();
  }

  public String url() {
    return (isSecured ? "https" : "http") + "://127.0.0.1:" + port();
  }

  public ClusterMember member() {
    return member(id, url());
  }

  public static ClusterMember member(long id, String... urls) {
    return new ClusterMember(id, "m" + id, List.of(urls), List.of(), false);
  }

  /** As every member knows each other one. */
  public static String nameOf(long id) {
    return ClusterMember.label("m" + id, id);
  }

  /** One of many messages that can be told apart. */
  public static PeerMessage message(int number) {
    return new PeerMessage.VoteResponse(number, true);
  }

  /** Gives each of them a table of all. */
  public static void join(TestPeer... peers) {
    List<ClusterMember> members = List.of(peers).stream().map(TestPeer::member).toList();
    for (TestPeer peer : peers) {
      peer.transport.update(members);
    }
  }

  public void awaitChange(String expected) throws InterruptedException {
    assertThat(changes.poll(LIMIT.toNanos(), TimeUnit.NANOSECONDS)).isEqualTo(expected);
  }

  /** Waits until that many others are connected; earlier attempts may have failed. */
  public void awaitConnections(int others) throws InterruptedException {
    Set<String> connected = new HashSet<>();
    while (connected.size() < others) {
      String change = changes.poll(LIMIT.toNanos(), TimeUnit.NANOSECONDS);
      assertThat(change).as("connected only to " + connected).isNotNull();
      String member = change.substring(change.indexOf(' '));
      if (change.startsWith("connected")) {
        connected.add(member);
      } else {
        connected.remove(member);
      }
    }
  }

  /** Waits for that change, skipping earlier ones. */
  public void awaitLaterChange(String expected) throws InterruptedException {
    String change;
    do {
      change = changes.poll(LIMIT.toNanos(), TimeUnit.NANOSECONDS);
      assertThat(change).as("waiting for %s", expected).isNotNull();
    } while (!expected.equals(change));
  }

  public Received next() throws InterruptedException {
    Received received = messages.poll(LIMIT.toNanos(), TimeUnit.NANOSECONDS);
    assertThat(received).as("a message").isNotNull();
    return received;
  }

  @Override
  public void received(long senderId, PeerMessage message, int bytes, PeerTransport.Credit credit) {
    if (takes) {
      credit.taken(bytes);
    } else {
      untaken.add(() -> credit.taken(bytes));
      untakenBytes.addAndGet(bytes);
    }
    messages.add(new Received(senderId, message));
  }

  @Override
  public void connected(long memberId) {
    changes.add("connected " + memberId);
  }

  @Override
  public void disconnected(long memberId) {
    changes.add("disconnected " + memberId);
  }

  @Override
  public boolean wasRemoved(long memberId) {
    return removedMembers.contains(memberId);
  }

  @Override
  public void onRemoved() {
    removed.complete(null);
  }

  @Override
  public void close() {
    transport.close();
  }
}
