package io.kvorum.peer.grpc.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.peer.PeerIdentity;
import io.kvorum.peer.PeerSettings;
import io.kvorum.peer.grpc.CapturedLog;
import io.kvorum.peer.grpc.TestPeer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PeerLinkTest {
  @Test
  void aResolverThatThrowsDoesNotEndTheAttempts() throws Exception {
    LinkedBlockingQueue<Long> connected = new LinkedBlockingQueue<>();
    AtomicInteger lookUps = new AtomicInteger();
    ExecutorService workers = Executors.newSingleThreadExecutor();
    PeerSettings settings = TestPeer.settings(0);
    PeerSockets sockets = new PeerSockets(settings, TestPeer.NO_TLS, 1);
    PeerIdentity self = new PeerIdentity(TestPeer.CLUSTER, 1);
    try (TestPeer other = new TestPeer(2)) {
      other.transport.update(List.of(other.member(), TestPeer.member(1, "http://127.0.0.1:1")));
      LinkContext context =
          new LinkContext(
              sockets,
              settings,
              self,
              PeerIdentity::text,
              List::of,
              new TestPeer.CountingRandom(),
              workers,
              (address, attempt) -> {
                if (lookUps.incrementAndGet() < 3) {
                  throw new IllegalStateException("no name service");
                }
                return address.resolve(attempt);
              },
              new Connected(connected));
      PeerLink link = new PeerLink(2, context, new LinkMeter(System::nanoTime));
      try (CapturedLog log = new CapturedLog()) {
        link.locate(List.of(other.url()));
        log.await("cannot reach member 2", "no name service");
      }
      assertThat(connected.poll(10, TimeUnit.SECONDS)).isEqualTo(2);
      assertThat(lookUps).hasValue(3);
      link.close();
    } finally {
      workers.shutdownNow();
      sockets.close();
    }
  }

  @Test
  void aQuestionOutlastsTwoElections() {
    assertThat(PeerSettings.of(List.of()).requestTimeout()).isEqualTo(Duration.ofSeconds(7));
    assertThat(PeerSettings.of(List.of(), Duration.ofSeconds(5)).requestTimeout())
        .isEqualTo(Duration.ofSeconds(15));
  }

  private record Connected(LinkedBlockingQueue<Long> members) implements LinkContext.Events {
    @Override
    public void connected(long memberId) {
      members.add(memberId);
    }

    @Override
    public void disconnected(long memberId) {}

    @Override
    public void removed(String reason) {}
  }
}
