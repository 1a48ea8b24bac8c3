package io.kvorum.peer.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.model.ClusterMember;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.mvcc.HashQuestion;
import io.kvorum.mvcc.RevisionHash;
import io.kvorum.mvcc.StoreHash;
import io.kvorum.peer.PeerServices;
import io.kvorum.support.Futures;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class RemoteHashesTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final StoreHash HASH = new StoreHash(new RevisionHash(-5, -1, 7), 9);
  private static final StoreHash OF_COMPACTION = new StoreHash(new RevisionHash(6, 4, 7), 9);

  @RegisterExtension private final OpenPeers opened = new OpenPeers();
  private final LinkedBlockingQueue<HashQuestion> questions = new LinkedBlockingQueue<>();

  @Test
  void aMemberAnswersOverTheLink() throws Exception {
    TestPeer one = answering(TestPeer.CLUSTER);
    TestPeer two = opened.peer(2);
    TestPeer.join(one, two);
    two.awaitChange("connected 1");
    ClusterMember unknownAddress = TestPeer.member(1);
    assertThat(ask(two, unknownAddress, HashQuestion.at(7))).isEqualTo(HASH);
    assertThat(ask(two, unknownAddress, HashQuestion.ofCompaction(7))).isEqualTo(OF_COMPACTION);
    assertThat(questions).containsExactly(HashQuestion.at(7), HashQuestion.ofCompaction(7));
  }

  @Test
  void aMemberAnswersAlsoBeforeThereAreLinks() throws Exception {
    TestPeer one = answering(TestPeer.CLUSTER);
    TestPeer two = opened.peer(2);
    one.transport.update(List.of(one.member(), two.member()));
    ClusterMember target = TestPeer.member(1, "http://127.0.0.1:1", one.url());
    assertThat(ask(two, target, HashQuestion.at(7))).isEqualTo(HASH);
  }

  @Test
  void aHashThatThereIsNotIsRefusedByName() throws Exception {
    TestPeer one = answering(TestPeer.CLUSTER);
    TestPeer two = opened.peer(2);
    one.transport.update(List.of(one.member(), two.member()));
    ClusterMember target = TestPeer.member(1, one.url(), "http://127.0.0.1:1");
    assertThat(refusal(two, target, HashQuestion.at(3)))
        .isInstanceOfSatisfying(
            RequestException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.COMPACTED));
    assertThat(refusal(two, target, HashQuestion.at(99)))
        .isInstanceOfSatisfying(
            RequestException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FUTURE_REVISION));
    assertThat(questions).as("at one URL alone").hasSize(2);
  }

  @Test
  void aMemberOfAnotherClusterRefuses() throws Exception {
    TestPeer stranger = answering(0xc2);
    TestPeer two = opened.peer(2);
    stranger.transport.update(List.of(stranger.member(), two.member()));
    assertThat(refusal(two, stranger.member(), HashQuestion.at(7)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cluster ID mismatch");
    assertThat(questions).isEmpty();
  }

  @Test
  void aCallerThatIsNoMemberIsRefused() throws Exception {
    TestPeer one = answering(TestPeer.CLUSTER);
    TestPeer two = opened.peer(2);
    assertThat(refusal(two, one.member(), HashQuestion.at(7)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is not known here");
    assertThat(questions).isEmpty();
  }

  @Test
  void aMemberThatDoesNotAnswerIsAnIoException() throws Exception {
    TestPeer two = opened.peer(2);
    assertThat(refusal(two, TestPeer.member(1, "http://127.0.0.1:1"), HashQuestion.at(7)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Connection refused");
    assertThat(refusal(two, TestPeer.member(1), HashQuestion.at(7)))
        .hasMessage("its peer URLs are not known");
    try (ServerSocket silent = new ServerSocket(0)) {
      ClusterMember target = TestPeer.member(1, "http://127.0.0.1:" + silent.getLocalPort());
      CompletableFuture<StoreHash> answer =
          new RemoteHashes(two.transport).ask(target, HashQuestion.at(7), Duration.ofMillis(200));
      assertThatThrownBy(() -> answer.get(10, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(IOException.class);
    }
  }

  private static StoreHash ask(TestPeer asking, ClusterMember target, HashQuestion question)
      throws Exception {
    return new RemoteHashes(asking.transport)
        .ask(target, question, LIMIT)
        .get(20, TimeUnit.SECONDS);
  }

  private static Throwable refusal(TestPeer asking, ClusterMember target, HashQuestion question)
      throws Exception {
    return new RemoteHashes(asking.transport)
        .ask(target, question, LIMIT)
        .handle((hash, failure) -> Futures.cause(failure))
        .get(20, TimeUnit.SECONDS);
  }

  private TestPeer answering(long cluster) throws Exception {
    PeerServices none = TestPeer.noServices();
    return opened.keep(
        new TestPeer(
            1,
            cluster,
            TestPeer.settings(0),
            new PeerServices(
                none.description(),
                none.leases(),
                none.promotion(),
                this::answer,
                none.snapshots())));
  }

  private CompletableFuture<StoreHash> answer(HashQuestion question) {
    questions.add(question);
    if (question.revision() == 3) {
      throw new RequestException(ErrorCode.COMPACTED);
    }
    if (question.revision() == 99) {
      return CompletableFuture.failedFuture(new RequestException(ErrorCode.FUTURE_REVISION));
    }
    return CompletableFuture.completedFuture(question.isOfCompaction() ? OF_COMPACTION : HASH);
  }
}
