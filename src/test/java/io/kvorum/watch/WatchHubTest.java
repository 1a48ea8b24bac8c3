package io.kvorum.watch;

import static io.kvorum.watch.SteppedHub.watch;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.Event;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.watch.WatchLimits.Budget;
import io.kvorum.watch.WatchMessage.Canceled;
import io.kvorum.watch.WatchMessage.Created;
import io.kvorum.watch.WatchMessage.Events;
import io.kvorum.watch.WatchMessage.Progress;
import io.kvorum.watch.WatchMessage.Refused;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

class WatchHubTest {
  private static final Budget NOTHING_RECENT = new Budget(1, 1);
  private static final String COMPACTED = "etcdserver: mvcc: required revision has been compacted";

  private final SteppedHub stepped = new SteppedHub();
  private final WatchStream stream = stepped.open();

  @Test
  void aWatchWithoutAStartSeesWhatComesAfterItsCreation() {
    long before = stepped.put("a", "1");
    stream.create(watch("a").on());
    assertThat(stepped.messages(stream)).containsExactly(new Created(0, before));
    long after = stepped.put("a", "2");
    assertThat(stepped.messages(stream))
        .singleElement()
        .satisfies(message -> assertEvents(message, 0, after, "a=2"));
  }

  @Test
  void theEventsOfATransactionComeInOneMessageInTheirOrder() {
    stream.create(watch(KeyRange.all()).on());
    stepped.step();
    long revision =
        stepped.write(
            true,
            new HistoryInMemory.Write(Bytes.utf8("b"), Bytes.utf8("1")),
            new HistoryInMemory.Write(Bytes.utf8("a"), Bytes.utf8("2")));
    List<WatchMessage> messages = stepped.messages(stream);
    assertThat(messages).hasSize(2);
    assertEvents(messages.get(1), 0, revision, "b=1", "a=2");
  }

  @Test
  void revisionsThatNobodyHasFetchedAreCombined() {
    stream.create(watch("a").on());
    stepped.step();
    stepped.put("a", "1");
    stepped.step();
    long last = stepped.put("a", "2");
    List<WatchMessage> messages = stepped.messages(stream);
    assertThat(messages).hasSize(2);
    assertEvents(messages.get(1), 0, last, "a=1", "a=2");
  }

  @Test
  void allWatchersOfARangeShareTheEventObjects() {
    WatchStream other = stepped.open();
    stream.create(watch("a").on());
    other.create(watch("a").on());
    stepped.step();
    stepped.put("a", "1");
    WatchEvent one = ((Events) stepped.messages(stream).get(1)).events().get(0);
    WatchEvent two = ((Events) stepped.messages(other).get(1)).events().get(0);
    assertThat(one).isSameAs(two);
  }

  @Test
  void idsAreCountedPerStreamAndTakenOnesAreSkipped() {
    stream.create(watch("a").id(1).on());
    stream.create(watch("a").on());
    stream.create(watch("a").on());
    assertThat(stepped.messages(stream).stream().map(WatchMessage::watchId))
        .containsExactly(1L, 0L, 2L);
  }

  @Test
  void aDuplicateIdIsRefused() {
    stream.create(watch("a").id(7).on());
    stream.create(watch("b").id(7).on());
    assertThat(stepped.messages(stream))
        .containsExactly(
            new Created(7, 1),
            new Refused(-1, 1, "mvcc: duplicate watch ID provided on the WatchStream"));
  }

  @Test
  void anEmptyRangeIsRefused() {
    stream.create(watch(new KeyRange(Bytes.utf8("b"), Bytes.utf8("a"))).on());
    assertThat(stepped.messages(stream))
        .containsExactly(new Refused(-1, 1, "mvcc: watcher range is empty"));
  }

  @Test
  void aNegativeStartIsRefusedAsCompacted() {
    stream.create(watch("a").from(-3).on());
    assertThat(stepped.messages(stream)).containsExactly(new Refused(-1, 1, COMPACTED));
  }

  @Test
  void anEmptyKeyStandsForTheLowestKey() {
    stream.create(watch(KeyRange.single(Bytes.EMPTY)).on());
    stepped.step();
    stepped.put("a", "1");
    stepped.put("\0", "2");
    assertEvents(stepped.messages(stream).get(1), 0, 3, "\0=2");
  }

  @Test
  void aWatchFromThePastIsCaughtUpAndGoesOnWithoutAGap() {
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
    assertThat(stepped.messages(stream))
        .containsExactly(new Created(0, 3), new Canceled(0, 0, 3, ""));
    assertThat(stepped.hub.stats().watchers()).isZero();
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
    assertThat(stepped.messages(stream))
        .containsExactly(new Created(0, 3), new Canceled(0, 0, 3, ""));
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

  @Test
  void aWatchWhoseNextRevisionIsCompactedInTheInstalledStateIsCanceled() {
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
    assertThat(stepped.messages(stream)).containsExactly(new Canceled(0, 0, last - 1, ""));
    assertEvents(stepped.messages(other).get(1), 0, last, "a=j3", "a=j4");
    assertThat(before).isLessThan(last - 1);
  }

  @Test
  void aWatchGoesOnIfTheInstalledStateIsCompactedNoFurtherThanItIs() {
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
  void progressIsToldAfterAnInstalledStateWithoutAnyFurtherWrite() {
    stream.create(watch("b").on());
    stepped.messages(stream);
    long last = stepped.jump("a", 5);
    stepped.hub.restored();
    stepped.catchUp();
    stream.requestProgress();
    assertThat(stepped.messages(stream)).containsExactly(new Progress(-1, last));
  }

  @Test
  void aCanceledWatchGetsNothingMore() {
    stream.create(watch("a").on());
    stepped.step();
    stepped.put("a", "1");
    stepped.step();
    stream.cancel(0);
    stepped.step();
    stepped.put("a", "2");
    List<WatchMessage> messages = stepped.messages(stream);
    assertThat(messages).hasSize(3);
    assertEvents(messages.get(1), 0, 2, "a=1");
    assertThat(messages.get(2)).isEqualTo(new Canceled(0, 2, 0, ""));
  }

  @Test
  void aWatchThatIsCanceledDuringItsPassGetsNothingFromIt() {
    stepped.put("a", "1");
    stream.create(watch("a").from(2).on());
    stepped.step();
    stream.cancel(0);
    stepped.step();
    stepped.catchUp();
    assertThat(stepped.messages(stream))
        .containsExactly(new Created(0, 2), new Canceled(0, 2, 0, ""));
  }

  @Test
  void cancelingAnUnknownIdIsNotAnswered() {
    stream.cancel(3);
    assertThat(stepped.messages(stream)).isEmpty();
  }

  @Test
  void filteredEventsAreNotSent() {
    stream.create(watch("a").withoutPuts().on());
    stream.create(watch("a").withoutDeletes().on());
    stream.create(watch("a").withoutPuts().withoutDeletes().on());
    stepped.step();
    stepped.put("a", "1");
    stepped.delete("a");
    List<WatchMessage> messages = stepped.messages(stream);
    assertThat(messages).hasSize(5);
    List<WatchMessage> events =
        messages.subList(3, 5).stream()
            .sorted(Comparator.comparingLong(WatchMessage::watchId))
            .toList();
    assertEvents(events.get(0), 0, 3, "a deleted");
    assertEvents(events.get(1), 1, 3, "a=1");
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
  void aCarriedPreviousVersionIsPassedOn() {
    stepped.put("a", "1");
    stream.create(watch("a").withPrevKv().on());
    stepped.step();
    stepped.put("a", "2");
    List<WatchEvent> events = ((Events) stepped.messages(stream).get(1)).events();
    assertThat(prevValues(events)).containsExactly("1");
    assertThat(stepped.passes).isEmpty();
  }

  @Test
  void aPreviousVersionThatIsNotCarriedIsReadOutsideTheHubThread() {
    stepped.put("a", "1");
    WatchStream other = stepped.open();
    stream.create(watch("a").withPrevKv().on());
    other.create(watch("a").on());
    stepped.step();
    stepped.put("a", "2");
    stepped.putWithoutPrevKv("a", "3");
    stepped.put("a", "4");

    assertThat(countEvents(stepped.messages(other))).as("who does not need it").isEqualTo(3);
    List<WatchMessage> known = stepped.messages(stream);
    assertThat(prevValues(((Events) known.get(1)).events())).containsExactly("1");
    assertThat(known.get(1).revision()).isEqualTo(3);
    assertThat(stepped.passes).hasSize(1);

    stepped.catchUp();
    List<WatchMessage> rest = stepped.messages(stream);
    assertThat(prevValues(((Events) rest.get(0)).events())).containsExactly("2", "3");
    assertThat(stepped.hub.stats().slowWatchers()).isZero();
  }

  @Test
  void aCreationHasNoPreviousVersionEvenAfterADeletion() {
    stepped.put("a", "1");
    stepped.delete("a");
    stepped.put("a", "2");
    stream.create(watch("a").from(2).withPrevKv().on());
    stepped.catchUp();
    List<WatchEvent> events = ((Events) stepped.messages(stream).get(1)).events();
    assertThat(prevValues(events)).containsExactly("none", "1", "none");
  }

  @Test
  void anEncodingIsMadeOnceAndLeavesThePreviousVersionOutUnlessItIsAskedFor() {
    KeyValue before = new KeyValue(Bytes.utf8("a"), Bytes.utf8("1"), 2, 2, 1, 0);
    KeyValue after = new KeyValue(Bytes.utf8("a"), Bytes.utf8("2"), 2, 3, 2, 0);
    WatchEvent event = new WatchEvent(new Event(after, before));
    Object without = event.encoded(false, seen -> List.of(seen));
    assertThat(without).isEqualTo(List.of(new Event(after, null)));
    assertThat(event.<Object>encoded(false, seen -> "again")).isSameAs(without);
    assertThat(event.<Object>encoded(true, seen -> seen)).isEqualTo(new Event(after, before));
  }

  @Test
  void requestedProgressIsToldAfterAllEventsBeforeIt() {
    stream.create(watch("a").on());
    stepped.step();
    stepped.put("a", "1");
    long last = stepped.put("b", "2");
    stream.requestProgress();
    List<WatchMessage> messages = stepped.messages(stream);
    assertThat(messages).hasSize(3);
    assertEvents(messages.get(1), 0, last, "a=1");
    assertThat(messages.get(2)).isEqualTo(new Progress(WatchMessage.NO_WATCHER, last));
  }

  @Test
  void requestedProgressWaitsForARevisionThatIsVisibleAndNotYetPublished() {
    stream.create(watch("a").on());
    stepped.messages(stream);
    long revision =
        stepped.history.write(List.of(new HistoryInMemory.Write(Bytes.utf8("b"), Bytes.utf8("1"))));
    stepped.history.makeVisible(revision);
    stream.requestProgress();
    assertThat(stepped.messages(stream)).isEmpty();
    stepped.hub.publish(revision, stepped.history.events(revision));
    assertThat(stepped.messages(stream)).containsExactly(new Progress(-1, revision));
  }

  @Test
  void requestedProgressIsNotToldWhileAWatcherIsLate() {
    stepped.put("a", "1");
    stream.create(watch("b").on());
    stream.create(watch("a").from(1).on());
    stream.requestProgress();
    assertThat(stepped.messages(stream)).containsExactly(new Created(0, 2), new Created(1, 2));
    stepped.catchUp();
    stream.requestProgress();
    List<WatchMessage> messages = stepped.messages(stream);
    assertThat(messages).hasSize(2);
    assertThat(messages.get(1)).isEqualTo(new Progress(WatchMessage.NO_WATCHER, 2));
  }

  @Test
  void requestedProgressDoesNotPileUpInAStreamThatIsNotRead() {
    stream.create(watch("a").on());
    for (int i = 0; i < 5; i++) {
      stream.requestProgress();
      stepped.put("b", "1");
      stepped.step();
    }
    assertThat(stepped.messages(stream)).hasSize(2);
  }

  @Test
  void anIdleWatcherIsToldProgressAfterTheInterval() {
    stream.create(watch("a").withProgress().on());
    stream.create(watch("a").on());
    stepped.messages(stream);
    stepped.put("b", "1");
    stepped.pass(SteppedHub.INTERVAL.dividedBy(2));
    assertThat(stepped.messages(stream)).isEmpty();
    stepped.pass(SteppedHub.INTERVAL);
    assertThat(stepped.messages(stream)).containsExactly(new Progress(0, 2));
  }

  @Test
  void aWatcherThatWasToldSomethingIsNotToldProgress() {
    stream.create(watch("a").withProgress().on());
    stepped.messages(stream);
    for (int i = 0; i < 4; i++) {
      stepped.pass(SteppedHub.INTERVAL.dividedBy(2));
      stepped.put("a", "" + i);
      assertThat(stepped.messages(stream))
          .singleElement()
          .satisfies(message -> assertThat(message).isInstanceOf(Events.class));
    }
  }

  @Test
  void aStreamIsWokenWhenItHasSomethingAfterItHadNothing() {
    int[] wakes = {0};
    WatchStream woken = stepped.hub.open(() -> wakes[0]++);
    woken.create(watch("a").on());
    stepped.step();
    stepped.put("a", "1");
    stepped.step();
    assertThat(wakes[0]).isEqualTo(1);
    stepped.messages(woken);
    stepped.put("a", "2");
    stepped.step();
    assertThat(wakes[0]).isEqualTo(2);
  }

  @Test
  void aClosedStreamHasNoWatchersAndNobodyPublishesForIt() {
    stream.create(watch("a").on());
    stepped.put("a", "1");
    stepped.step();
    stream.close();
    assertThat(stream.poll()).isNull();
    stepped.step();
    assertThat(stepped.hub.stats()).isEqualTo(new WatchHub.WatchStats(0, 0, 0, 0));
  }

  @Test
  void aStreamThatCannotBeWokenIsClosedAndTheOthersGoOn() {
    WatchStream broken =
        stepped.hub.open(
            () -> {
              throw new IllegalStateException("no event loop, as the test wants it");
            });
    broken.create(watch("a").on());
    stream.create(watch("a").on());
    assertThat(stepped.messages(stream)).hasSize(1);
    assertThat(stepped.hub.stats().watchers()).isEqualTo(1);
    stepped.put("a", "1");
    assertThat(countEvents(stepped.messages(stream))).isEqualTo(1);
  }

  @Test
  void aLargeTransactionIsOneMessageAndManySmallOnesAreSeveral() {
    SteppedHub wide = new SteppedHub();
    HistoryInMemory.Write[] writes = new HistoryInMemory.Write[1500];
    for (int i = 0; i < writes.length; i++) {
      writes[i] = new HistoryInMemory.Write(Bytes.utf8("k" + i), Bytes.utf8("1"));
    }
    wide.write(true, writes);
    for (int i = 0; i < 900; i++) {
      wide.put("k" + i, "2");
    }
    WatchStream late = wide.open();
    late.create(watch(KeyRange.all()).from(1).on());
    wide.catchUp();
    List<WatchMessage> messages = wide.messages(late);
    assertThat(messages).hasSize(3);
    assertThat(messages.get(1).revision()).isEqualTo(2);
    assertThat(countEvents(messages.subList(1, 2))).isEqualTo(writes.length);
    assertThat(messages.get(2).revision()).isEqualTo(902);
    assertThat(countEvents(messages.subList(2, 3))).isEqualTo(900);
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

  private static List<String> prevValues(List<WatchEvent> events) {
    return events.stream()
        .map(event -> event.event().prevKv())
        .map(prevKv -> prevKv == null ? "none" : prevKv.value().toUtf8())
        .toList();
  }

  private static int countEvents(List<WatchMessage> messages) {
    return messages.stream()
        .mapToInt(message -> message instanceof Events events ? events.events().size() : 0)
        .sum();
  }

  private static void assertEvents(
      WatchMessage message, long watchId, long revision, String... changes) {
    assertThat(message).isInstanceOf(Events.class);
    Events events = (Events) message;
    assertThat(events.watchId()).isEqualTo(watchId);
    assertThat(events.revision()).isEqualTo(revision);
    assertThat(
            events.events().stream()
                .map(WatchEvent::event)
                .map(
                    event ->
                        event.kv().key().toUtf8()
                            + (event.isDelete() ? " deleted" : "=" + event.kv().value().toUtf8())))
        .containsExactly(changes);
  }
}
