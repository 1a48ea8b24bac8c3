package io.kvorum.wire;

import com.google.protobuf.CodedOutputStream;
import io.kvorum.model.Event;
import io.kvorum.model.KeyValue;
import io.kvorum.proto.etcdserverpb.WatchResponse;
import io.kvorum.watch.WatchEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Encodes one event in the forms that are sent, each made on first use and then shared by all
 * watchers. Both faces keep it in {@link WatchEvent#encoded}.
 *
 * <p>Thread-safe: two senders may both make a form, and one of the equal results stays. The arrays
 * must not be written to.
 *
 * <p>Held by: WatchWireTest, WatchConversationTest.
 */
public final class EncodedEvent {
  private final Event event;
  private volatile byte @Nullable [] field;
  private volatile byte @Nullable [] json;

  private EncodedEvent(Event event) {
    this.event = event;
  }

  public static EncodedEvent of(WatchEvent shared, boolean withPrevKv) {
    return shared.encoded(withPrevKv, EncodedEvent::new);
  }

  /** The event as a message. */
  public io.kvorum.proto.mvccpb.Event message() {
    io.kvorum.proto.mvccpb.Event.Builder message = io.kvorum.proto.mvccpb.Event.newBuilder();
    if (event.isDelete()) {
      message.setType(io.kvorum.proto.mvccpb.Event.EventType.DELETE);
    }
    message.setKv(KvWire.keyValue(event.kv()));
    KeyValue prevKv = event.prevKv();
    if (prevKv != null) {
      message.setPrevKv(KvWire.keyValue(prevKv));
    }
    return message.build();
  }

  /** The event as a field of a {@link WatchResponse}: tag, length, message. */
  public byte[] field() {
    byte[] known = field;
    if (known != null) {
      return known;
    }
    io.kvorum.proto.mvccpb.Event message = message();
    int tag = WatchResponse.EVENTS_FIELD_NUMBER;
    byte[] made = new byte[CodedOutputStream.computeMessageSize(tag, message)];
    try {
      CodedOutputStream.newInstance(made).writeMessage(tag, message);
    } catch (IOException impossible) {
      throw new UncheckedIOException("the array has the computed size", impossible);
    }
    field = made;
    return made;
  }

  /** The event as JSON, written by the given writer, which must be the same for all callers. */
  public byte[] json(Function<io.kvorum.proto.mvccpb.Event, byte[]> writer) {
    byte[] known = json;
    if (known != null) {
      return known;
    }
    byte[] made = writer.apply(message());
    json = made;
    return made;
  }
}
