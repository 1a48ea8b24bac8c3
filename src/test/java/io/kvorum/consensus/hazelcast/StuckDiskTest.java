package io.kvorum.consensus.hazelcast;

import static io.kvorum.testing.FailedRequest.codeOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.consensus.PeerMessage.Append;
import io.kvorum.consensus.PeerMessage.ReadIndexRequest;
import io.kvorum.consensus.PeerMessage.ReadIndexResponse;
import io.kvorum.consensus.PeerTransport;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.consensus.hazelcast.log.EntryCodec;
import io.kvorum.consensus.hazelcast.proposal.PendingBatches;
import io.kvorum.consensus.hazelcast.proposal.ProposalQueue;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.sim.PutCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A follower whose flush hangs: the test continues within the flush, as another thread would. */
class StuckDiskTest {
  private static final long LEADER = 2;

  private static Append append(long index) {
    byte[] payload = new EntryCodec(new PutCodec()).encode(index - 1, List.of());
    List<WriteAheadLog.Entry> entries = List.of(new WriteAheadLog.Entry(index, 3, payload));
    return new Append(3, index == 1 ? 0 : 3, index - 1, index - 1, entries, 0, index);
  }

  @Test
  void readsFailWhereverTheyWaitAndNewOnesAtOnceUntilTheDiskAnswers() {
    try (DrivenMember member = DrivenMember.of(RaftSettings.defaults(), Set.of(1L, 2L, 3L))) {
      member.hear(LEADER, append(1));
      CompletableFuture<Void> confirmed = member.consensus.readIndex();
      member.runner.runUntilIdle();
      answer(member, 7);
      CompletableFuture<Void> underWay = member.consensus.readIndex();
      member.runner.runUntilIdle();
      CompletableFuture<Void> queued = member.consensus.readIndex();
      List<CompletableFuture<Void>> atOnce = new ArrayList<>();
      member.duringFlush =
          () -> {
            member.consensus.failIfStuck(Duration.ofHours(1));
            assertThat(List.of(confirmed, underWay, queued)).noneMatch(CompletableFuture::isDone);
            member.consensus.failIfStuck(Duration.ZERO);
            assertThat(codeOf(confirmed)).isEqualTo(ErrorCode.TIMEOUT);
            assertThat(codeOf(underWay)).isEqualTo(ErrorCode.TIMEOUT);
            assertThat(codeOf(queued)).isEqualTo(ErrorCode.TIMEOUT);
            atOnce.add(member.consensus.readIndex());
            assertThat(codeOf(atOnce.get(0))).isEqualTo(ErrorCode.TIMEOUT);
          };
      member.hear(LEADER, append(2));
      assertThat(member.failures).isEmpty();
      assertThat(atOnce).hasSize(1);
      member.duringFlush = () -> {};
      answer(member, 1);
      CompletableFuture<Void> afterwards = member.consensus.readIndex();
      member.runner.runUntilIdle();
      answer(member, 1);
      assertThat(afterwards).isCompleted();
      assertThat(member.consensus.status().lateReads()).isEqualTo(3);
    }
  }

  private static void answer(DrivenMember member, long index) {
    for (ReadIndexRequest it : member.sentTo(LEADER, ReadIndexRequest.class)) {
      member.hear(LEADER, new ReadIndexResponse(it.origin(), it.sequence(), index));
    }
  }

  @Test
  void proposalsThatAreToBeGivenToAnotherLeaderTimeOutToo() {
    ProposalQueue proposals = new ProposalQueue(RaftSettings.defaults());
    PendingBatches pending = new PendingBatches(5, proposals, new PutCodec(), PeerTransport.NONE);
    ProposalQueue.Proposal proposal =
        new ProposalQueue.Proposal(Command.Put.of(Bytes.utf8("k"), Bytes.EMPTY), 10, 0);
    proposals.offer(proposal);
    ProposalQueue.Batch batch = pending.next();
    pending.given(batch, 1);
    pending.giveAgain(batch);
    pending.timeOutAll();
    pending.timeOutAll();
    assertThat(codeOf(proposal)).isEqualTo(ErrorCode.TIMEOUT);
    assertThat(proposals.failedProposals()).isEqualTo(1);
    assertThat(pending.hasNext()).isTrue();
  }
}
