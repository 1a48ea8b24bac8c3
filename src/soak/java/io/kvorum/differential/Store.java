package io.kvorum.differential;

import com.google.protobuf.ByteString;
import io.kvorum.proto.mvccpb.Event;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The events of one server since the beginning of a sequence, as one watcher of everything has seen
 * them: they say for what others still have to wait. Not thread-safe.
 */
final class Store {
  private static final Comparator<ByteString> ORDER =
      ByteString.unsignedLexicographicalComparator();

  private final List<Event> events = new ArrayList<>();

  /** The revision that made each key that is there. */
  private final TreeMap<ByteString, Event> present = new TreeMap<>(ORDER);

  void add(Event event) {
    events.add(event);
    if (event.getType() == Event.EventType.PUT) {
      present.put(event.getKv().getKey(), event);
    } else {
      present.remove(event.getKv().getKey());
    }
  }

  /** The revision that it has seen. */
  long revision() {
    return events.isEmpty() ? 0 : events.get(events.size() - 1).getKv().getModRevision();
  }

  long count(Predicate<Event> condition) {
    return events.stream().filter(condition).count();
  }

  boolean has(ByteString key) {
    return present.containsKey(key);
  }

  /** The revision that made the key; 0 if it is not there. */
  long createRevision(ByteString key) {
    Event event = present.get(key);
    return event == null ? 0 : event.getKv().getCreateRevision();
  }

  /** The key with that prefix that was made first, as it is now. */
  @Nullable Event oldest(ByteString prefix) {
    return present.tailMap(prefix, true).values().stream()
        .takeWhile(event -> event.getKv().getKey().startsWith(prefix))
        .min(Comparator.comparing(event -> event.getKv().getCreateRevision()))
        .orElse(null);
  }

  /** True if the key lies in the range, as requests give it. */
  static boolean isIn(ByteString key, ByteString from, ByteString end) {
    if (end.isEmpty()) {
      return key.equals(from);
    }
    boolean isOpen = end.size() == 1 && end.byteAt(0) == 0;
    return ORDER.compare(key, from) >= 0 && (isOpen || ORDER.compare(key, end) < 0);
  }
}
