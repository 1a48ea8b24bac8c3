package io.kvorum.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.watch.WatchMessage.Events;
import java.util.List;

/** What tests ask of messages. */
final class WatchMessages {
  private WatchMessages() {}

  static List<String> prevValues(List<WatchEvent> events) {
    return events.stream()
        .map(event -> event.event().prevKv())
        .map(prevKv -> prevKv == null ? "none" : prevKv.value().toUtf8())
        .toList();
  }

  static int countEvents(List<WatchMessage> messages) {
    return messages.stream()
        .mapToInt(message -> message instanceof Events events ? events.events().size() : 0)
        .sum();
  }

  static void assertEvents(WatchMessage message, long watchId, long revision, String... changes) {
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
