package io.kvorum.service;

import static io.kvorum.service.ServicesUnderTest.voter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.backup.SnapshotExport;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.mvcc.FreshHistory;
import io.kvorum.mvcc.HashQuestion;
import io.kvorum.mvcc.RevisionHash;
import io.kvorum.mvcc.StoreHash;
import io.kvorum.mvcc.history.InMemoryHistory;
import io.kvorum.mvcc.history.RevisionHistory;
import io.kvorum.testing.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StoreServiceTest {
  private final ServicesUnderTest member =
      new ServicesUnderTest(ServicesUnderTest.DEFAULT_RULES, voter(ServicesUnderTest.SELF));
  private final StoreService store = member.services.store();

  @AfterEach
  void close() throws IOException {
    member.close();
  }

  private void put(String key, int bytes) {
    member.consensus.propose(
        new Command.Put(Bytes.utf8(key), Bytes.wrap(new byte[bytes]), 0, false, false, false));
  }

  private static ErrorCode refusal(Runnable call) {
    ErrorCode[] code = new ErrorCode[1];
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(RequestException.class, e -> code[0] = e.code());
    return code[0];
  }

  private RevisionHash hash(long revision) {
    return store.hashKv(revision).orTimeout(20, TimeUnit.SECONDS).join();
  }

  @Test
  void theHashIsOfTheAskedOrTheCurrentRevision() {
    put("a", 1);
    put("b", 1);
    assertThat(hash(0)).isEqualTo(hash(3)).isNotEqualTo(hash(2));
    assertThat(refusal(() -> store.hashKv(4))).isEqualTo(ErrorCode.FUTURE_REVISION);
    compact(3);
    assertThat(refusal(() -> store.hashKv(2))).isEqualTo(ErrorCode.COMPACTED);
    assertThat(hash(0).compactRevision()).isEqualTo(3);
  }

  @Test
  void beforeTheFirstRevisionThereIsNothingToHash() {
    put("a", 1);
    compact(2);
    assertThat(hash(-1)).isEqualTo(new RevisionHash(0x40A4756D, 2, -1));
  }

  private void compact(long revision) {
    member.consensus.propose(new Command.Compact(revision));
    Await.until(
        "hash of the compaction",
        Duration.ofSeconds(20),
        () -> member.store.compactionHashes().at(revision) != null);
  }

  @Test
  void whatACompactionFoundIsTheAnswerForItsRevision() {
    put("a", 1);
    put("b", 1);
    RevisionHash before = hash(2);
    compact(2);
    assertThat(hash(2)).isEqualTo(before);
    assertThat(hash(2).compactRevision()).isEqualTo(-1);
    compact(3);
    assertThat(hash(3).compactRevision()).isEqualTo(2);
    assertThat(hash(0).compactRevision()).isEqualTo(3);
    assertThat(hash(2)).as("kept, as in etcd, also below the compact revision").isEqualTo(before);
    assertThat(store.compactionHashes()).containsExactly(hash(3), hash(2));
  }

  private StoreHash answer(HashQuestion question) {
    return store.answer(question).orTimeout(20, TimeUnit.SECONDS).join();
  }

  @Test
  void membersGetWhatTheyAskFor() {
    put("a", 1);
    put("b", 1);
    compact(2);
    RevisionHash found = hash(2);
    assertThat(answer(HashQuestion.ofCompaction(2))).isEqualTo(new StoreHash(found, 3));
    assertThat(answer(HashQuestion.at(2)).hash().compactRevision()).as("now").isEqualTo(2);
    assertThat(answer(HashQuestion.at(0))).isEqualTo(new StoreHash(hash(3), 3));
    assertThat(answer(HashQuestion.at(0)).isComparableTo(answer(HashQuestion.at(3)))).isTrue();
    assertThat(answer(HashQuestion.at(2)).isComparableTo(answer(HashQuestion.ofCompaction(2))))
        .isFalse();
    assertThat(refusal(() -> store.answer(HashQuestion.ofCompaction(1))))
        .isEqualTo(ErrorCode.COMPACTED);
    assertThat(refusal(() -> store.answer(HashQuestion.ofCompaction(3))))
        .isEqualTo(ErrorCode.FUTURE_REVISION);
    assertThat(refusal(() -> store.answer(HashQuestion.at(1)))).isEqualTo(ErrorCode.COMPACTED);
  }

  @Test
  void aDefragmentationThatASecondCallerJoinsIsTimedOnce() throws Exception {
    put("a", 1);
    GatedPlace place = new GatedPlace();
    StoreService defragmented =
        new StoreService(member.store, () -> place, Runnable::run, member.scheduler);
    CompletableFuture<Void> first = defragmented.defragment();
    CompletableFuture<Void> second = defragmented.defragment();
    assertThat(defragmented.times().isDefragmenting()).isTrue();
    place.gate.countDown();
    first.get(20, TimeUnit.SECONDS);
    second.get(20, TimeUnit.SECONDS);
    assertThat(defragmented.times().isDefragmenting()).isFalse();
    assertThat(defragmented.times().defragmentations().count()).isEqualTo(1);
    defragmented.defragment().get(20, TimeUnit.SECONDS);
    assertThat(defragmented.times().defragmentations().count()).isEqualTo(2);
  }

  @Test
  void aDefragmentationThatFailsCanBeRepeated() throws Exception {
    put("a", 1);
    StoreService defragmented =
        new StoreService(
            member.store,
            () -> {
              throw new IllegalStateException("no place");
            },
            Runnable::run,
            member.scheduler);
    for (int i = 1; i <= 2; i++) {
      assertThatThrownBy(() -> defragmented.defragment().get(20, TimeUnit.SECONDS))
          .hasRootCauseMessage("no place");
      assertThat(defragmented.times().isDefragmenting()).isFalse();
      assertThat(defragmented.times().defragmentations().count()).isEqualTo(i);
    }
  }

  /** Has the store wait for its new history. */
  private static final class GatedPlace implements FreshHistory {
    private final CountDownLatch gate = new CountDownLatch(1);

    @Override
    public RevisionHistory create() throws IOException {
      try {
        gate.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException(e);
      }
      InMemoryHistory history = new InMemoryHistory();
      history.open();
      return history;
    }

    @Override
    public void makeCurrent() {}

    @Override
    public void deleteFormer() {}

    @Override
    public void discard() {}
  }

  @Test
  void aSnapshotIsReadAsItIsTaken() throws InterruptedException {
    for (int i = 0; i < 100; i++) {
      put("key" + i, 100_000);
    }
    Semaphore woken = new Semaphore(0);
    long bytes = 0;
    try (SnapshotStream stream = store.snapshot(woken::release)) {
      while (!stream.isOver()) {
        SnapshotExport.Blob blob = stream.poll();
        if (blob == null) {
          assertThat(stream.failure()).isNull();
          assertThat(stream.isOver() || woken.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
        } else {
          bytes += blob.bytes().length;
        }
      }
    }
    assertThat(bytes).isGreaterThan(10_000_000);
    assertThat(bytes % 4096).isEqualTo(32);
  }
}
