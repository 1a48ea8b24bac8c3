package io.kvorum.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.consensus.WriteAheadLog.Entry;
import io.kvorum.consensus.WriteAheadLog.Recovered;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every write-ahead log must do; one subclass per implementation. */
public abstract class WriteAheadLogContract {
  private WriteAheadLog log;

  /** A log that is not open yet, on the storage of this test: the same at each call. */
  protected abstract WriteAheadLog onStorageOfThisTest() throws Exception;

  /** Ends the log as a crash would: what was not flushed may be lost, what was must not be. */
  protected void crash(WriteAheadLog crashed) throws Exception {
    crashed.close();
  }

  private Recovered open() throws Exception {
    log = onStorageOfThisTest();
    return log.open();
  }

  private Recovered crashAndReopen() throws Exception {
    crash(log);
    return open();
  }

  @AfterEach
  void closeTheLog() throws IOException {
    if (log != null) {
      log.close();
    }
  }

  protected static Entry entry(long index, int term, int bytes) {
    byte[] payload = new byte[bytes];
    new Random(index * 31 + term).nextBytes(payload);
    return new Entry(index, term, payload);
  }

  private void appendAndFlush(long from, long to, int term) throws IOException {
    for (long index = from; index <= to; index++) {
      log.append(entry(index, term, 100));
    }
    log.flush();
  }

  private void assertHolds(Entry expected) throws IOException {
    Entry found = log.read(expected.index());
    assertThat(found.index()).isEqualTo(expected.index());
    assertThat(found.term()).isEqualTo(expected.term());
    assertThat(found.payload()).isEqualTo(expected.payload());
  }

  @Test
  void aNewLogIsEmpty() throws Exception {
    Recovered recovered = open();
    assertThat(recovered.term()).isZero();
    assertThat(recovered.votedFor()).isNull();
    assertThat(recovered.members()).isNull();
    assertThat(recovered.firstIndex()).isEqualTo(1);
    assertThat(recovered.lastIndex()).isZero();
    assertThat(recovered.lastDiscardedTerm()).isZero();
  }

  @Test
  void whatWasFlushedIsThereAfterACrash() throws Exception {
    open();
    appendAndFlush(1, 20, 3);
    Recovered recovered = crashAndReopen();
    assertThat(recovered.firstIndex()).isEqualTo(1);
    assertThat(recovered.lastIndex()).isEqualTo(20);
    for (long index = 1; index <= 20; index++) {
      assertHolds(entry(index, 3, 100));
    }
  }

  @Test
  void entriesOfAllSizesComeBackAsTheyWere() throws Exception {
    open();
    int[] sizes = {0, 1, 100, 3_999, 15_999, 16_000, 16_001, 32_000, 100_000, 3_000_000};
    for (int at = 0; at < sizes.length; at++) {
      log.append(entry(at + 1, 1, sizes[at]));
    }
    log.flush();
    crashAndReopen();
    for (int at = 0; at < sizes.length; at++) {
      assertHolds(entry(at + 1, 1, sizes[at]));
    }
  }

  @Test
  void theLogGoesOnAfterACrash() throws Exception {
    open();
    appendAndFlush(1, 5, 1);
    crashAndReopen();
    appendAndFlush(6, 9, 2);
    assertThat(crashAndReopen().lastIndex()).isEqualTo(9);
    assertHolds(entry(5, 1, 100));
    assertHolds(entry(6, 2, 100));
  }

  @Test
  void whatWasNotFlushedIsLostAsAWholeOrKeptAsAPrefix() throws Exception {
    open();
    appendAndFlush(1, 5, 1);
    log.append(entry(6, 1, 100));
    log.append(entry(7, 1, 100));
    Recovered recovered = crashAndReopen();
    assertThat(recovered.lastIndex()).isBetween(5L, 7L);
    for (long index = 1; index <= recovered.lastIndex(); index++) {
      assertHolds(entry(index, 1, 100));
    }
  }

  @Test
  void anEntryThatDoesNotFollowTheLastOneIsRefused() throws Exception {
    open();
    appendAndFlush(1, 3, 1);
    assertThatThrownBy(() -> log.append(entry(5, 1, 10)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> log.append(entry(3, 1, 10)))
        .isInstanceOf(IllegalArgumentException.class);
    appendAndFlush(4, 4, 1);
    assertHolds(entry(4, 1, 100));
  }

  @Test
  void anAppendedEntryCanBeReadBeforeItIsFlushed() throws Exception {
    open();
    log.append(entry(1, 1, 100));
    assertHolds(entry(1, 1, 100));
  }

  private void assertIs(List<Entry> found, long first, long last, int bytes) {
    assertThat(found).extracting(Entry::index).first().isEqualTo(first);
    assertThat(found).extracting(Entry::index).last().isEqualTo(last);
    assertThat(found).hasSize((int) (last - first + 1));
    for (int at = 0; at < found.size(); at++) {
      assertThat(found.get(at).index()).isEqualTo(first + at);
      assertThat(found.get(at).payload()).isEqualTo(entry(first + at, 1, bytes).payload());
    }
  }

  @Test
  void severalEntriesAreReadAtOnceUpToTheNumberAsked() throws Exception {
    open();
    appendAndFlush(1, 20, 1);
    assertIs(log.read(3, 1, 10_000), 3, 3, 100);
    assertIs(log.read(3, 5, 10_000), 3, 7, 100);
    crashAndReopen();
    assertIs(log.read(3, 5, 10_000), 3, 7, 100);
  }

  @Test
  void severalEntriesEndWithTheLogAlsoWithWhatIsNotFlushed() throws Exception {
    open();
    appendAndFlush(1, 6, 1);
    log.append(entry(7, 1, 100));
    assertIs(log.read(4, 1_000, 1 << 20), 4, 7, 100);
    assertIs(log.read(7, 1_000, 1 << 20), 7, 7, 100);
    assertThatThrownBy(() -> log.read(8, 10, 1 << 20)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> log.read(0, 10, 1 << 20)).isInstanceOf(IOException.class);
    log.truncateFrom(6);
    assertIs(log.read(4, 1_000, 1 << 20), 4, 5, 100);
  }

  @Test
  void severalEntriesTakeNoMoreBytesThanAskedButForAFirstThatIsLarger() throws Exception {
    open();
    appendAndFlush(1, 6, 1);
    assertIs(log.read(1, 6, 399), 1, 3, 100);
    assertIs(log.read(1, 6, 400), 1, 4, 100);
    assertIs(log.read(2, 6, 99), 2, 2, 100);
    assertIs(log.read(2, 6, 0), 2, 2, 100);
    log.append(entry(7, 1, 50_000));
    assertIs(log.read(5, 6, 40_000), 5, 6, 100);
    assertIs(log.read(7, 6, 40_000), 7, 7, 50_000);
  }

  @Test
  void aLargeLogIsReadFromEndToEndAcrossWhateverItIsMadeOf() throws Exception {
    open();
    appendAndFlush(1, 300, 1);
    log.append(entry(301, 1, 40_000));
    for (long index = 302; index <= 400; index++) {
      log.append(entry(index, 1, 100));
    }
    log.flush();
    log.discardUpTo(120);
    crashAndReopen();
    long next = 121;
    int reads = 0;
    while (next <= 400) {
      List<Entry> found = log.read(next, 70, 100_000);
      for (Entry entry : found) {
        assertThat(entry.index()).isEqualTo(next);
        assertThat(entry.payload()).isEqualTo(entry(next, 1, next == 301 ? 40_000 : 100).payload());
        next++;
      }
      reads++;
    }
    assertThat(reads).isLessThan(200);
  }

  @Test
  void anEntryThatIsNotThereCannotBeRead() throws Exception {
    open();
    appendAndFlush(1, 3, 1);
    assertThatThrownBy(() -> log.read(4)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> log.read(0)).isInstanceOf(IOException.class);
  }

  @Test
  void truncatedEntriesAreGoneAndReplacedByOthers() throws Exception {
    open();
    appendAndFlush(1, 10, 1);
    log.truncateFrom(6);
    log.append(entry(6, 2, 50));
    log.flush();
    assertThat(crashAndReopen().lastIndex()).isEqualTo(6);
    assertHolds(entry(5, 1, 100));
    assertHolds(entry(6, 2, 50));
    assertThatThrownBy(() -> log.read(7)).isInstanceOf(IOException.class);
  }

  @Test
  void aTruncationThatWasFlushedSurvivesACrash() throws Exception {
    open();
    appendAndFlush(1, 10, 1);
    log.truncateFrom(4);
    log.flush();
    assertThat(crashAndReopen().lastIndex()).isEqualTo(3);
  }

  @Test
  void aTruncationThatWasNotFlushedLeavesTheLogOneWayOrTheOther() throws Exception {
    open();
    appendAndFlush(1, 10, 1);
    log.truncateFrom(4);
    assertThat(crashAndReopen().lastIndex()).isIn(3L, 10L);
  }

  @Test
  void theWholeLogCanBeTruncated() throws Exception {
    open();
    appendAndFlush(1, 10, 1);
    log.truncateFrom(1);
    log.flush();
    assertThat(crashAndReopen().lastIndex()).isZero();
    appendAndFlush(1, 2, 5);
    assertHolds(entry(2, 5, 100));
  }

  @Test
  void truncatingBehindTheEndChangesNothing() throws Exception {
    open();
    appendAndFlush(1, 10, 1);
    log.truncateFrom(11);
    log.flush();
    assertThat(crashAndReopen().lastIndex()).isEqualTo(10);
  }

  @Test
  void termAndVoteAreDurableWhenSaved() throws Exception {
    open();
    log.saveTerm(3, "m1");
    Recovered recovered = crashAndReopen();
    assertThat(recovered.term()).isEqualTo(3);
    assertThat(recovered.votedFor()).isEqualTo("m1");
    log.saveTerm(4, null);
    recovered = crashAndReopen();
    assertThat(recovered.term()).isEqualTo(4);
    assertThat(recovered.votedFor()).isNull();
  }

  @Test
  void theMembersAreDurableWhenSaved() throws Exception {
    open();
    byte[] members = entry(1, 1, 5_000).payload();
    log.saveMembers(members);
    assertThat(crashAndReopen().members()).isEqualTo(members);
  }

  @Test
  void discardingKeepsEverythingAboveTheIndex() throws Exception {
    open();
    appendAndFlush(1, 50, 1);
    appendAndFlush(51, 100, 2);
    log.discardUpTo(60);
    for (long index = 61; index <= 100; index++) {
      assertHolds(entry(index, 2, 100));
    }
    appendAndFlush(101, 110, 3);
    Recovered recovered = crashAndReopen();
    assertThat(recovered.firstIndex()).isBetween(1L, 61L);
    assertThat(recovered.lastIndex()).isEqualTo(110);
    long before = recovered.firstIndex() - 1;
    assertThat(recovered.lastDiscardedTerm()).isEqualTo(before == 0 ? 0 : before <= 50 ? 1 : 2);
    for (long index = recovered.firstIndex(); index <= 110; index++) {
      assertHolds(entry(index, index <= 50 ? 1 : index <= 100 ? 2 : 3, 100));
    }
  }

  @Test
  void discardingTwiceOrBelowChangesNothing() throws Exception {
    open();
    appendAndFlush(1, 100, 1);
    log.discardUpTo(60);
    log.discardUpTo(60);
    log.discardUpTo(10);
    assertHolds(entry(61, 1, 100));
    assertThat(crashAndReopen().lastIndex()).isEqualTo(100);
  }

  private void assertReset(Recovered recovered, long index, int term) {
    assertThat(recovered.firstIndex()).isEqualTo(index + 1);
    assertThat(recovered.lastIndex()).isEqualTo(index);
    assertThat(recovered.lastDiscardedTerm()).isEqualTo(term);
  }

  @Test
  void afterAResetTheLogGoesOnBehindTheIndex() throws Exception {
    open();
    appendAndFlush(1, 60, 1);
    assertReset(log.reset(1_000, 4), 1_000, 4);
    assertThatThrownBy(() -> log.read(60)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> log.append(entry(61, 1, 10)))
        .isInstanceOf(IllegalArgumentException.class);
    assertReset(crashAndReopen(), 1_000, 4);
    appendAndFlush(1_001, 1_080, 5);
    Recovered recovered = crashAndReopen();
    assertThat(recovered.firstIndex()).isEqualTo(1_001);
    assertThat(recovered.lastIndex()).isEqualTo(1_080);
    assertThat(recovered.lastDiscardedTerm()).isEqualTo(4);
    for (long index = 1_001; index <= 1_080; index++) {
      assertHolds(entry(index, 5, 100));
    }
  }

  @Test
  void entriesCanBeAppendedRightAfterAReset() throws Exception {
    open();
    appendAndFlush(1, 60, 1);
    log.reset(100, 2);
    appendAndFlush(101, 140, 3);
    assertHolds(entry(101, 3, 100));
    Recovered recovered = crashAndReopen();
    assertThat(recovered.firstIndex()).isEqualTo(101);
    assertThat(recovered.lastIndex()).isEqualTo(140);
    assertHolds(entry(140, 3, 100));
  }

  @Test
  void aResetMayGoBelowTheEnd() throws Exception {
    open();
    appendAndFlush(1, 60, 1);
    assertReset(log.reset(30, 1), 30, 1);
    assertReset(crashAndReopen(), 30, 1);
    appendAndFlush(31, 40, 2);
    assertThat(crashAndReopen().lastIndex()).isEqualTo(40);
    assertHolds(entry(31, 2, 100));
  }

  @Test
  void aResetMayGoBelowWhatWasDiscarded() throws Exception {
    open();
    appendAndFlush(1, 100, 1);
    log.discardUpTo(90);
    assertReset(log.reset(5, 1), 5, 1);
    appendAndFlush(6, 10, 2);
    Recovered recovered = crashAndReopen();
    assertThat(recovered.firstIndex()).isEqualTo(6);
    assertThat(recovered.lastIndex()).isEqualTo(10);
    assertThat(recovered.lastDiscardedTerm()).isEqualTo(1);
  }

  @Test
  void aNewLogCanBeReset() throws Exception {
    open();
    assertReset(log.reset(70, 3), 70, 3);
    assertReset(crashAndReopen(), 70, 3);
    assertReset(log.reset(70, 3), 70, 3);
    assertReset(crashAndReopen(), 70, 3);
  }

  @Test
  void aResetForgetsWhatWasNotFlushed() throws Exception {
    open();
    appendAndFlush(1, 60, 1);
    log.truncateFrom(20);
    log.append(entry(20, 2, 100));
    log.append(entry(21, 2, 100_000));
    assertReset(log.reset(40, 3), 40, 3);
    log.append(entry(41, 4, 100));
    log.flush();
    Recovered recovered = crashAndReopen();
    assertThat(recovered.firstIndex()).isEqualTo(41);
    assertThat(recovered.lastIndex()).isEqualTo(41);
    assertHolds(entry(41, 4, 100));
  }

  @Test
  void termVoteAndMembersOutliveAReset() throws Exception {
    open();
    log.saveTerm(8, "m2");
    log.saveMembers(new byte[] {1, 2, 3});
    appendAndFlush(1, 60, 1);
    for (Recovered recovered : List.of(log.reset(200, 7), crashAndReopen())) {
      assertThat(recovered.term()).isEqualTo(8);
      assertThat(recovered.votedFor()).isEqualTo("m2");
      assertThat(recovered.members()).containsExactly(1, 2, 3);
      assertReset(recovered, 200, 7);
    }
  }

  @Test
  void discardingGoesOnAfterAReset() throws Exception {
    open();
    appendAndFlush(1, 60, 1);
    log.reset(1_000, 2);
    appendAndFlush(1_001, 1_100, 3);
    log.discardUpTo(1_060);
    appendAndFlush(1_101, 1_110, 4);
    Recovered recovered = crashAndReopen();
    assertThat(recovered.firstIndex()).isBetween(1_001L, 1_061L);
    assertThat(recovered.lastIndex()).isEqualTo(1_110);
    assertThat(recovered.lastDiscardedTerm()).isEqualTo(recovered.firstIndex() == 1_001 ? 2 : 3);
    assertHolds(entry(1_061, 3, 100));
    assertHolds(entry(1_110, 4, 100));
  }

  @Test
  void aLogCanBeResetAgainAndAgain() throws Exception {
    open();
    Random random = new Random(17);
    long last = 0;
    for (int round = 0; round < 15; round++) {
      long count = random.nextInt(60);
      appendAndFlush(last + 1, last + count, round + 1);
      long index = Math.max(0, last + random.nextInt(200) - 80);
      assertReset(log.reset(index, round + 1), index, round + 1);
      last = index;
      if (random.nextInt(4) == 0) {
        assertReset(crashAndReopen(), index, round + 1);
      }
    }
  }

  @Test
  void manyThreadsReadWhileOneAppends() throws Exception {
    open();
    appendAndFlush(1, 20, 1);
    ExecutorService readers = Executors.newFixedThreadPool(3);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int reader = 0; reader < 3; reader++) {
        Random random = new Random(reader);
        running.add(
            readers.submit(
                () -> {
                  for (int round = 0; round < 200; round++) {
                    assertHolds(entry(1 + random.nextInt(20), 1, 100));
                  }
                  return null;
                }));
      }
      appendAndFlush(21, 200, 1);
      for (Future<?> future : running) {
        future.get();
      }
    } finally {
      readers.shutdownNow();
    }
    assertHolds(entry(200, 1, 100));
  }

  @Test
  void theSizeIsNotNegative() throws Exception {
    open();
    appendAndFlush(1, 10, 1);
    assertThat(log.sizeBytes()).isNotNegative();
  }

  @Test
  void closingTwiceIsHarmless() throws Exception {
    open();
    log.close();
    log.close();
  }
}
