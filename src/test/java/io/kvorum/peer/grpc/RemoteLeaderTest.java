package io.kvorum.peer.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.lease.LeaseClock;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.peer.ClusterDescription;
import io.kvorum.peer.PeerServices;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class RemoteLeaderTest {
  private static final ClusterMember LEARNER =
      new ClusterMember(
          7, "seven", List.of("http://a:1", "http://b:2"), List.of("http://c:3"), true);

  @RegisterExtension private final OpenPeers opened = new OpenPeers();
  private final AtomicLong leader = new AtomicLong(1);
  private final Leader services = new Leader();

  @Test
  void aMemberDescribesItsClusterToAnyone() throws Exception {
    TestPeer one = leading();
    try (PeerClient client = new PeerClient(TestPeer.settings(0), TestPeer.NO_TLS, new Random(1))) {
      assertThat(client.describe(one.url(), Duration.ofSeconds(10))).isEqualTo(Leader.DESCRIPTION);
    }
  }

  @Test
  void aDescriptionWithoutAnAnswerIsAnIoException() throws Exception {
    try (PeerClient client = new PeerClient(TestPeer.settings(0), TestPeer.NO_TLS, new Random(1));
        ServerSocket silent = new ServerSocket(0)) {
      String url = "http://127.0.0.1:" + silent.getLocalPort();
      assertThatThrownBy(() -> client.describe(url, Duration.ofMillis(200)))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith(url);
      assertThatThrownBy(() -> client.describe("http://127.0.0.1:1", Duration.ofSeconds(10)))
          .isInstanceOf(IOException.class)
          .hasMessage("http://127.0.0.1:1: Connection refused: 127.0.0.1:1");
      assertThatThrownBy(() -> client.describe("ftp://127.0.0.1:1", Duration.ofSeconds(10)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("must be http or https");
    }
  }

  @Test
  void leasesAreRequestedFromTheLeader() throws Exception {
    RemoteLeader leases = new RemoteLeader(following(leading()).transport, leader::get);
    assertThat(get(leases.renew(5))).isEqualTo(50);
    assertThat(get(leases.remainingSeconds(5))).isEqualTo(49);
    assertThat(get(leases.remainingSeconds(6))).isEqualTo(-1);
  }

  @Test
  void anErrorOfTheLeaderIsPassedOn() throws Exception {
    TestPeer follower = following(leading());
    RemoteLeader leases = new RemoteLeader(follower.transport, leader::get);
    assertCode(leases.renew(13), ErrorCode.NOT_LEADER);
    RemoteLeader promotion = new RemoteLeader(follower.transport, leader::get);
    assertCode(promotion.promote(8), ErrorCode.LEARNER_NOT_READY);
  }

  @Test
  void theLeaderPromotes() throws Exception {
    RemoteLeader promotion = new RemoteLeader(following(leading()).transport, leader::get);
    assertThat(get(promotion.promote(7))).containsExactly(LEARNER);
  }

  @Test
  void aRequestThatIsNotSentFailsWithNoLeader() throws Exception {
    TestPeer follower = following(leading());
    RemoteLeader leases = new RemoteLeader(follower.transport, leader::get);
    leader.set(0);
    assertCode(leases.renew(5), ErrorCode.NO_LEADER);
    leader.set(99);
    assertCode(leases.renew(5), ErrorCode.NO_LEADER);
  }

  @Test
  void aRequestWithoutAnAnswerTimesOut() throws Exception {
    TestPeer one = leading();
    TestPeer follower =
        opened.keep(
            new TestPeer(
                2,
                TestPeer.settings(0).withTimeouts(Duration.ofSeconds(60), Duration.ofMillis(200))));
    TestPeer.join(one, follower);
    follower.awaitChange("connected 1");
    assertCode(
        new RemoteLeader(follower.transport, leader::get).renew(Leader.SILENT), ErrorCode.TIMEOUT);
  }

  @Test
  void aConnectionThatBreaksDuringARequestIsReportedAsLost() throws Exception {
    TestPeer one = leading();
    TestPeer follower = following(one);
    CompletableFuture<Long> answer =
        new RemoteLeader(follower.transport, leader::get).renew(Leader.SILENT);
    services.asked.get(10, TimeUnit.SECONDS);
    one.close();
    assertCode(answer, ErrorCode.TIMEOUT_CONNECTION_LOST);
  }

  @Test
  void aBugOfTheLeaderIsATimeoutAndLaterRequestsSucceed() throws Exception {
    TestPeer follower = following(leading());
    RemoteLeader leases = new RemoteLeader(follower.transport, leader::get);
    assertCode(leases.renew(Leader.BUG), ErrorCode.TIMEOUT);
    assertThat(get(leases.renew(5))).isEqualTo(50);
  }

  @Test
  void aRemovedMemberGetsNoAnswers() throws Exception {
    TestPeer one = leading();
    TestPeer follower = following(one);
    RemoteLeader leases = new RemoteLeader(follower.transport, leader::get);
    one.removedMembers.add(2L);
    one.transport.update(List.of(one.member()));
    assertThatThrownBy(() -> get(leases.renew(5)))
        .hasCauseInstanceOf(RequestException.class)
        .satisfies(
            failure ->
                assertThat(((RequestException) failure.getCause()).code())
                    .isIn(ErrorCode.NO_LEADER, ErrorCode.TIMEOUT_CONNECTION_LOST));
    assertThat(services.asked).isNotDone();
  }

  /** The services of the leader. */
  private static final class Leader implements LeaseClock {
    static final long SILENT = 404;
    static final long BUG = 500;
    static final ClusterDescription DESCRIPTION =
        new ClusterDescription(
            TestPeer.CLUSTER,
            -3,
            1,
            12,
            List.of(TestPeer.member(1, "http://127.0.0.1:9"), LEARNER),
            "1.2.3");

    final CompletableFuture<Long> asked = new CompletableFuture<>();

    @Override
    public CompletableFuture<Long> renew(long leaseId) {
      asked.complete(leaseId);
      if (leaseId == SILENT) {
        return new CompletableFuture<>();
      } else if (leaseId == BUG) {
        throw new IllegalStateException("made for this test");
      }
      return leaseId == 5 ? CompletableFuture.completedFuture(50L) : failed(ErrorCode.NOT_LEADER);
    }

    @Override
    public CompletableFuture<Long> remainingSeconds(long leaseId) {
      return CompletableFuture.completedFuture(leaseId == 5 ? 49L : -1L);
    }

    PeerServices services() {
      return new PeerServices(
          () -> DESCRIPTION,
          this,
          id ->
              id == 7
                  ? CompletableFuture.completedFuture(List.of(LEARNER))
                  : failed(ErrorCode.LEARNER_NOT_READY),
          TestPeer.noServices().hashes(),
          TestPeer.noServices().snapshots());
    }

    private static <T> CompletableFuture<T> failed(ErrorCode code) {
      return CompletableFuture.failedFuture(new RequestException(code));
    }
  }

  private TestPeer leading() throws Exception {
    return opened.keep(
        new TestPeer(1, TestPeer.CLUSTER, TestPeer.settings(0), services.services()));
  }

  private TestPeer following(TestPeer one) throws Exception {
    TestPeer follower = opened.peer(2);
    TestPeer.join(one, follower);
    follower.awaitChange("connected 1");
    return follower;
  }

  private static void assertCode(CompletableFuture<?> answer, ErrorCode code) {
    assertThatThrownBy(() -> get(answer))
        .cause()
        .isInstanceOfSatisfying(
            RequestException.class, failure -> assertThat(failure.code()).isEqualTo(code));
  }

  private static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(10, TimeUnit.SECONDS);
  }
}
