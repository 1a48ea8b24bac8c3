package io.kvorum.watch;

import static io.kvorum.watch.SteppedHub.watch;
import static io.kvorum.watch.WatchMessages.assertEvents;
import static io.kvorum.watch.WatchMessages.countEvents;
import static io.kvorum.watch.WatchMessages.prevValues;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.KeyValue;
import io.kvorum.watch.WatchLimits.Budget;
import io.kvorum.watch.WatchMessage.Canceled;
import io.kvorum.watch.WatchMessage.Created;
import io.kvorum.watch.WatchMessage.Events;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Watchers that need what is in the history, or what is no longer there. */
class WatchCatchUpTest {
  private static final Budget NOTHING_RECENT = new Budget(1, 1);

  private final SteppedHub stepped = new SteppedHub();
  private final WatchStream stream = stepped.open();

  @Test
  void aWatchFromThePastIsCaughtUpAndContinuesWithoutAGap() {
    stepped.put("a", "1");
    stepped.put("b", "2");
    stepped.put("a", "3");
    stream.create(watch("a").from(1).on());
    stepped.step();
    stepped.put("a", "4");
    stepped.catchUp();
    stepped.put("a", "5");
    List<WatchMessage> messages = stepped.messages(stream);
    assertThat(messages.get(0)).isEqualTo(new Created(0, 4));
    assertEvents(messages.get(1), 0, 6, "a=1", "a=3", "a=4", "a=5");
    assertThat(messages).hasSize(2);
  }

  @Test
  void aWatchFromTheFutureIsSilentUntilThen() {
    stream.create(watch("a").from(4).withProgress().on());
    stepped.step();
    stepped.put("a", "1");
    stream.requestProgress();
    stepped.pass(Duration.ofHours(1));
    stepped.put("a", "2");
    assertThat(stepped.messages(stream)).containsExactly(new Created(0, 1));
    stepped.put("a", "3");
    assertEvents(stepped.messages(stream).get(0), 0, 4, "a=3");
  }

  @Test
  void aWatchStartedBelowTheCompactedRevisionIsCanceledWithThatRevision() {
    stepped.put("a", "1");
    stepped.put("a", "2");
    stepped.history.compact(3);
    stream.create(watch("a").from(2).on());
    assertThat(stepped.messages(stream)).containsExactly(new Created(0, 3), new Canceled(0, 0, 3));
    assertThat(stepped.hub.stats().watchers()).isZero();
  }

  /** In etcd it keeps its id, and holds back the progress of the others, until it is cancelled. */
  @Test
  void aWatchThatACompactionEndedLeavesItsIdAndHoldsNoProgressBack() {
    stepped.put("a", "1");
    stepped.put("a", "2");
    stepped.history.compact(3);
    stream.create(watch("b").on());
    stream.create(watch("a").id(7).from(2).on());
    stepped.messages(stream);
    stream.requestProgress();
    assertThat(stepped.messages(stream)).containsExactly(new WatchMessage.Progress(-1, 3));
    stream.create(watch("a").id(7).on());
    assertThat(stepped.messages(stream)).containsExactly(new Created(7, 3));
  }

  @Test
  void aWatchMayStartAtTheCompactedRevision() {
    stepped.put("a", "1");
    stepped.put("a", "2");
    stepped.history.compact(3);
    stream.create(watch("a").from(3).on());
    stepped.catchUp();
    List<WatchMessage> messages = stepped.messages(stream);
    assertEvents(messages.get(1), 0, 3, "a=2");
  }

  @Test
  void aCompactionDuringAPassCancelsTheWatchersThatNeedWhatIsGone() {
    stepped.put("a", "1");
    stepped.put("a", "2");
    stream.create(watch("a").from(2).on());
    stepped.step();
    stepped.history.compact(3);
    stepped.catchUp();
    assertThat(stepped.messages(stream)).containsExactly(new Created(0, 3), new Canceled(0, 0, 3));
  }

  @Test
  void aSyncedWatchIsNotTouchedByACompactionAboveItsLastEvent() {
    stream.create(watch("a").on());
    stepped.messages(stream);
    for (int i = 0; i < 20; i++) {
      stepped.put("b", "x");
      stepped.step();
    }
    stepped.history.compact(15);
    int events = 20;
    for (int i = 0; i < events; i++) {
      // More than the ring takes: the watch becomes late.
      stepped.put("a", "y" + i);
    }
    stepped.step();
    assertThat(stepped.hub.stats().slowWatchers()).isEqualTo(1);
    int seen = countEvents(stepped.messages(stream));
    stepped.catchUp();
    assertThat(seen + countEvents(stepped.messages(stream))).isEqualTo(events);
    assertThat(stepped.hub.stats().slowWatchers()).isZero();
  }

  @Test
  void aSyncedWatchIsCaughtUpWhenAWholeStateIsInstalled() {
    stream.create(watch("a").withPrevKv().on());
    stepped.step();
    stepped.put("a", "1");
    long last = stepped.jump("a", 2);
    stepped.hub.restored();
    stepped.step();
    assertThat(stepped.hub.stats().slowWatchers()).isEqualTo(1);
    stepped.catchUp();
    long next = stepped.put("a", "2");
    List<WatchMessage> messages = stepped.messages(stream);
    assertThat(messages).hasSize(2);
    assertEvents(messages.get(1), 0, next, "a=1", "a=j0", "a=j1", "a=2");
    assertThat(prevValues(((Events) messages.get(1)).events()))
        .containsExactly("none", "1", "j0", "j1");
    assertThat(next).isEqualTo(last + 1);
    assertThat(stepped.hub.stats().slowWatchers()).isZero();
  }

  /** A transaction may change a key and then delete it. */
  @Test
  void theVersionBeforeAnEventIsThatOfTheRevisionBefore() {
    stepped.put("a", "1");
    Bytes key = Bytes.utf8("a");
    stepped.history.append(
        List.of(new KeyValue(key, Bytes.utf8("2"), 2, 3, 2, 0), KeyValue.tombstone(key, 3)));
    stream.create(watch("a").from(2).withPrevKv().on());
    stepped.catchUp();
    List<WatchMessage> messages = stepped.messages(stream);
    assertThat(prevValues(((Events) messages.get(1)).events())).containsExactly("none", "1", "1");
  }

  @Test
  void aWatchWhoseNextRevisionIsCompactedInTheInstalledSnapshotIsCanceled() {
    WatchStream other = stepped.open();
    stream.create(watch("a").on());
    stepped.step();
    long before = stepped.put("a", "1");
    assertThat(countEvents(stepped.messages(stream))).isEqualTo(1);
    long last = stepped.jump("a", 5);
    stepped.history.compact(last - 1);
    stepped.hub.restored();
    other.create(watch("a").from(last - 1).on());
    stepped.catchUp();
    assertThat(stepped.messages(stream)).containsExactly(new Canceled(0, 0, last - 1));
    assertEvents(stepped.messages(other).get(1), 0, last, "a=j3", "a=j4");
    assertThat(before).isLessThan(last - 1);
  }

  @Test
  void aWatchContinuesIfTheInstalledSnapshotIsNotCompactedBeyondIt() {
    stream.create(watch("a").on());
    stepped.step();
    long before = stepped.put("a", "1");
    long last = stepped.jump("a", 2);
    stepped.history.compact(before + 1);
    stepped.hub.restored();
    stepped.catchUp();
    assertEvents(stepped.messages(stream).get(1), 0, last, "a=1", "a=j0", "a=j1");
  }

  @Test
  void aWatchThatBeginsInTheFutureStaysSyncedWhenAStateIsInstalled() {
    stream.create(watch("a").from(20).on());
    stepped.step();
    stepped.jump("a", 5);
    stepped.hub.restored();
    stepped.step();
    assertThat(stepped.hub.stats().slowWatchers()).isZero();
    assertThat(stepped.passes).isEmpty();
  }

  @Test
  void aWatcherThatDoesNotReadFallsBehindAndIsCaughtUpWhenItReads() {
    SteppedHub small = new SteppedHub(NOTHING_RECENT);
    WatchStream slow = small.open();
    WatchStream quick = small.open();
    slow.create(watch("a").on());
    quick.create(watch("a").on());
    int events = 5 * SteppedHub.QUEUED_EVENTS;
    int read = small.messages(quick).size();
    for (int i = 0; i < events; i++) {
      small.put("a", "" + i);
      read += small.messages(quick).size();
    }
    assertThat(read).isEqualTo(1 + events);
    assertThat(small.hub.stats().slowWatchers()).isEqualTo(1);
    assertThat(small.hub.stats().pendingEvents()).isEqualTo(SteppedHub.QUEUED_EVENTS);
    assertThat(small.passes).as("no pass for a stream that is full").isEmpty();

    List<WatchMessage> queued = small.messages(slow);
    assertThat(countEvents(queued)).isEqualTo(SteppedHub.QUEUED_EVENTS);
    small.catchUp();
    List<WatchMessage> caughtUp = small.messages(slow);
    assertThat(countEvents(queued) + countEvents(caughtUp)).isEqualTo(events);
    assertThat(small.hub.stats().slowWatchers()).isZero();
  }

  @Test
  void aWatcherThatIsALittleLateNeedsNoReadingOfTheHistory() {
    stream.create(watch("a").on());
    stepped.step();
    int events = 3 * SteppedHub.QUEUED_EVENTS;
    for (int i = 0; i < events; i++) {
      stepped.put("a", "" + i);
      stepped.step();
    }
    int seen = 0;
    for (int i = 0; i < 5; i++) {
      seen += countEvents(stepped.messages(stream));
    }
    assertThat(seen).isEqualTo(events);
    assertThat(stepped.passes).isEmpty();
  }

  @Test
  void aFailingHistoryIsReadAgainAfterAWhile() {
    stepped.put("a", "1");
    stepped.put("a", "2");
    stream.create(watch("a").from(2).on());
    stepped.step();
    Runnable pass = stepped.passes.remove();
    stepped.history.failNextRead();
    pass.run();
    stepped.step();
    assertThat(stepped.passes).as("no pass at once").isEmpty();
    stepped.pass(Duration.ofSeconds(1));
    stepped.catchUp();
    assertThat(countEvents(stepped.messages(stream))).isEqualTo(2);
  }
}
