package io.kvorum.mvcc;

import static io.kvorum.model.Revision.NEVER_COMPACTED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyRange;
import io.kvorum.model.RequestException;
import io.kvorum.mvcc.StoreUnderTest.Command;
import io.kvorum.mvcc.StoreUnderTest.Delete;
import io.kvorum.mvcc.StoreUnderTest.Put;
import io.kvorum.mvcc.StoreUnderTest.Step;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The expected hashes are those that etcd 3.7.1 gave for the same commands. */
@Timeout(60)
class RevisionHashTest {
  private static final int EMPTY = 1_084_519_789;

  private StoreUnderTest under;

  @BeforeEach
  void open() throws IOException {
    under = new StoreUnderTest(new StoreSettings(20_000, 20_000, 1 << 20));
  }

  @AfterEach
  void close() throws IOException {
    under.close();
  }

  private RevisionHash hash(long revision) throws IOException {
    try (StoreSnapshot snapshot =
        under.store().openSnapshot().orTimeout(20, TimeUnit.SECONDS).join()) {
      return under.store().hash(snapshot, revision);
    }
  }

  private void assertHash(long revision, long crc, long compactRevision) throws IOException {
    assertThat(hash(revision)).isEqualTo(new RevisionHash((int) crc, compactRevision, revision));
  }

  private void txn(Step... steps) {
    under.apply(List.of(new Command(List.of(steps), 0)));
  }

  private static Put put(String key, String value, long lease) {
    return new Put(Bytes.utf8(key), Bytes.utf8(value), lease);
  }

  private void compact(long revision) {
    under.compact(revision);
    under.finishCompaction();
  }

  /** Members compact their indexes at their own speed, and must not be taken for different. */
  @Test
  void ifNothingLivesItDoesNotMatterHowFarTheIndexIsCompacted() throws IOException {
    for (int version = 0; version < 3; version++) {
      under.put("a", "1");
      under.put("b", "1");
    }
    long compacted = under.model().revision();
    under.delete("a");
    under.delete("b");
    under.compact(compacted);
    long revision = under.model().revision();
    RevisionHash before = hash(revision);
    under.finishCompaction();
    assertThat(hash(revision)).isEqualTo(before);
  }

  @Test
  void anEmptyStoreHashesTheNameOfItsBucket() throws IOException {
    assertHash(1, EMPTY, NEVER_COMPACTED);
    assertHash(-1, EMPTY, NEVER_COMPACTED);
  }

  @Test
  void everyVersionCountsInAStoreThatWasNeverCompacted() throws IOException {
    under.put("foo", "bar");
    under.put("foo", "bar2");
    under.put("a", "1");
    under.delete("foo");
    assertHash(1, EMPTY, NEVER_COMPACTED);
    assertHash(2, 3_305_255_506L, NEVER_COMPACTED);
    assertHash(3, 3_581_052_765L, NEVER_COMPACTED);
    assertHash(4, 2_499_341_612L, NEVER_COMPACTED);
    assertHash(5, 3_966_920_819L, NEVER_COMPACTED);
  }

  @Test
  void belowTheCompactRevisionOnlyTheNewestVersionsCount() throws IOException {
    under.put("a", "1");
    under.put("b", "1");
    under.put("a", "2");
    under.delete("b");
    under.put("c", "3");
    assertHash(6, 1_448_948_654L, NEVER_COMPACTED);
    assertHash(4, 3_086_679_940L, NEVER_COMPACTED);
    compact(4);
    assertThatThrownBy(() -> hash(3))
        .isInstanceOfSatisfying(
            RequestException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.COMPACTED));
    assertHash(5, 194_725_478L, 4);
    assertHash(6, 2_146_041_356L, 4);
    compact(5);
    assertHash(6, 3_413_701_749L, 5);
    compact(6);
    assertHash(6, 3_413_701_749L, 6);
  }

  @Test
  void whatACompactionHasYetToFreeMakesNoDifference() throws IOException {
    under.put("a", "1");
    under.put("b", "1");
    under.put("a", "2");
    under.delete("b");
    under.put("c", "3");
    under.compact(5);
    assertHash(6, 3_413_701_749L, 5);
    under.finishCompaction();
    assertHash(6, 3_413_701_749L, 5);
  }

  @Test
  void transactionsAndLeasesAreHashedAsEtcdStoresThem() throws IOException {
    txn(put("x", "1", 0), put("y", "2", 0));
    txn(put("l", "v", 77));
    txn(new Delete(KeyRange.single(Bytes.utf8("x")), false));
    txn(put("x", "9", 0));
    assertHash(2, 327_571_784L, NEVER_COMPACTED);
    assertHash(3, 1_451_259_937L, NEVER_COMPACTED);
    assertHash(5, 1_582_197_950L, NEVER_COMPACTED);
    compact(4);
    assertHash(5, 2_213_531_232L, 4);
  }

  @Test
  void ifNothingLivesWhatTheCompactionHasKeptCounts() throws IOException {
    under.put("a", "1");
    compact(2);
    under.delete("a");
    assertHash(3, 3_520_211_144L, 2);
    compact(3);
    assertHash(3, EMPTY, 3);
  }
}
