package io.kvorum.watch;

import static io.kvorum.watch.SteppedHub.watch;
import static io.kvorum.watch.WatchMessages.assertEvents;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.watch.WatchMessage.Created;
import io.kvorum.watch.WatchMessage.Events;
import io.kvorum.watch.WatchMessage.Progress;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How far a watcher is, told when it asks and when nothing happens. */
class WatchProgressTest {
  private final SteppedHub stepped = new SteppedHub();
  private final WatchStream stream = stepped.open();

  @Test
  void progressIsSentAfterAnInstalledSnapshotWithoutAnyFurtherWrite() {
    stream.create(watch("b").on());
    stepped.messages(stream);
    long last = stepped.jump("a", 5);
    stepped.hub.restored();
    stepped.catchUp();
    stream.requestProgress();
    assertThat(stepped.messages(stream)).containsExactly(new Progress(-1, last));
  }

  @Test
  void requestedProgressIsSentAfterAllEventsBeforeIt() {
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
        stepped.history.write(List.of(new RecordedEvents.Write(Bytes.utf8("b"), Bytes.utf8("1"))));
    stepped.history.makeVisible(revision);
    stream.requestProgress();
    assertThat(stepped.messages(stream)).isEmpty();
    stepped.hub.publish(revision, stepped.history.events(revision));
    assertThat(stepped.messages(stream)).containsExactly(new Progress(-1, revision));
  }

  @Test
  void requestedProgressIsNotSentWhileAWatcherIsLate() {
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
  void anIdleWatcherGetsProgressAfterTheInterval() {
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
  void aWatcherThatGotAMessageGetsNoProgress() {
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
}
