package io.kvorum.watch;

import static io.kvorum.watch.SteppedHub.watch;
import static io.kvorum.watch.WatchMessages.assertEvents;
import static io.kvorum.watch.WatchMessages.countEvents;
import static io.kvorum.watch.WatchMessages.prevValues;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.Event;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.watch.WatchMessage.Canceled;
import io.kvorum.watch.WatchMessage.Created;
import io.kvorum.watch.WatchMessage.Events;
import io.kvorum.watch.WatchMessage.Refused;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

class WatchHubTest {

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
            new RecordedEvents.Write(Bytes.utf8("b"), Bytes.utf8("1")),
            new RecordedEvents.Write(Bytes.utf8("a"), Bytes.utf8("2")));
    List<WatchMessage> messages = stepped.messages(stream);
    assertThat(messages).hasSize(2);
    assertEvents(messages.get(1), 0, revision, "b=1", "a=2");
  }

  @Test
  void revisionsThatHaveNotBeenPolledAreCombined() {
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
        .containsExactly(new Created(7, 1), new Refused(-1, 1, ErrorCode.WATCH_ID_DUPLICATE));
  }

  @Test
  void anEmptyRangeIsRefused() {
    stream.create(watch(new KeyRange(Bytes.utf8("b"), Bytes.utf8("a"))).on());
    assertThat(stepped.messages(stream))
        .containsExactly(new Refused(-1, 1, ErrorCode.WATCH_RANGE_EMPTY));
  }

  @Test
  void aNegativeStartIsRefusedAsCompacted() {
    stream.create(watch("a").from(-3).on());
    assertThat(stepped.messages(stream)).containsExactly(new Refused(-1, 1, ErrorCode.COMPACTED));
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
    assertThat(messages.get(2)).isEqualTo(new Canceled(0, 2, 0));
  }

  @Test
  void aWatchThatIsCanceledDuringItsPassGetsNothingFromIt() {
    stepped.put("a", "1");
    stream.create(watch("a").from(2).on());
    stepped.step();
    stream.cancel(0);
    stepped.step();
    stepped.catchUp();
    assertThat(stepped.messages(stream)).containsExactly(new Created(0, 2), new Canceled(0, 2, 0));
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
  void aClosedStreamHasNoWatchersAndNothingIsPublishedForIt() {
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
    RecordedEvents.Write[] writes = new RecordedEvents.Write[1500];
    for (int i = 0; i < writes.length; i++) {
      writes[i] = new RecordedEvents.Write(Bytes.utf8("k" + i), Bytes.utf8("1"));
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
}
