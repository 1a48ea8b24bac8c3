package io.kvorum.crash;

import com.google.protobuf.ByteString;
import io.kvorum.proto.mvccpb.Event;
import io.kvorum.proto.mvccpb.KeyValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;

/** Models the store as its events say it must be, one line per rule. Not thread-safe. */
final class ExpectedStore {

  private final TreeMap<String, KeyValue> live = new TreeMap<>();
  private long revision = 1;

  long revision() {
    return revision;
  }

  boolean has(String key) {
    return live.containsKey(key);
  }

  /** The key, which must be there. */
  KeyValue get(String key) {
    return Objects.requireNonNull(live.get(key), key);
  }

  long modRevision(String key) {
    KeyValue kv = live.get(key);
    return kv == null ? 0 : kv.getModRevision();
  }

  List<String> keys(String from, String to) {
    return List.copyOf(live.subMap(from, to).keySet());
  }

  List<String> keysOf(long lease) {
    return live.values().stream()
        .filter(kv -> kv.getLease() == lease)
        .map(kv -> kv.getKey().toStringUtf8())
        .toList();
  }

  List<KeyValue> all() {
    return new ArrayList<>(live.values());
  }

  /** The events that such effects must cause at the next revision. */
  List<Event> eventsOf(List<Write.Effect> effects) {
    return effects.stream().map(this::eventOf).toList();
  }

  private Event eventOf(Write.Effect effect) {
    KeyValue.Builder kv = KeyValue.newBuilder();
    kv.setKey(ByteString.copyFromUtf8(effect.key())).setModRevision(revision + 1);
    String value = effect.value();
    if (value == null) {
      return Event.newBuilder().setType(Event.EventType.DELETE).setKv(kv).build();
    }
    KeyValue before = live.get(effect.key());
    kv.setCreateRevision(before == null ? revision + 1 : before.getCreateRevision())
        .setVersion(before == null ? 1 : before.getVersion() + 1)
        .setValue(ByteString.copyFromUtf8(value))
        .setLease(effect.lease());
    return Event.newBuilder().setKv(kv).build();
  }

  /** Takes over the events of the next revision. */
  void apply(List<Event> events) {
    revision++;
    for (Event event : events) {
      String key = event.getKv().getKey().toStringUtf8();
      if (event.getType() == Event.EventType.PUT) {
        live.put(key, event.getKv());
      } else {
        live.remove(key);
      }
    }
  }
}
