package io.kvorum.load;

import com.google.protobuf.InvalidProtocolBufferException;
import io.kvorum.proto.etcdserverpb.WatchResponse;
import io.kvorum.proto.mvccpb.Event;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * One of many watchers on a key whose values carry a number, counted up by one, and the time of
 * their sending. Confined to its event loop, except for what is volatile.
 */
final class FanOutWatcher extends MessageStream {

  private final Meter meter;
  private final RunControl control;
  private final CountDownLatch created;
  private long seen;
  private long lastRevision;
  private volatile long seenByOthers;
  private volatile @Nullable String failure;

  FanOutWatcher(Meter meter, RunControl control, CountDownLatch created) {
    this.meter = meter;
    this.control = control;
    this.created = created;
  }

  /** Number of the last event seen; all before it were seen too, in order, or it has failed. */
  long seen() {
    return seenByOthers;
  }

  @Nullable String failure() {
    return failure;
  }

  @Override
  void message(byte[] message) {
    long now = System.nanoTime();
    try {
      WatchResponse response = WatchResponse.parseFrom(message);
      if (response.getCanceled()) {
        fail("canceled: " + response.getCancelReason());
      } else if (response.getCreated()) {
        created.countDown();
      }
      for (Event event : response.getEventsList()) {
        event(event, now);
      }
      seenByOthers = seen;
    } catch (InvalidProtocolBufferException e) {
      fail("unreadable message: " + e.getMessage());
    }
  }

  private void event(Event event, long now) {
    ByteBuffer value = event.getKv().getValue().asReadOnlyByteBuffer();
    long number = value.getLong();
    long sentAtNanos = value.getLong();
    if (number != seen + 1) {
      fail("event " + number + " came after event " + seen);
    }
    if (event.getKv().getModRevision() <= lastRevision) {
      fail("revision " + event.getKv().getModRevision() + " came after " + lastRevision);
    }
    seen = number;
    lastRevision = event.getKv().getModRevision();
    if (control.counting()) {
      meter.succeeded(now - sentAtNanos);
    }
  }

  @Override
  public void ended(@Nullable String why) {
    if (control.running()) {
      fail("stream ended: " + why);
    }
  }

  private void fail(String why) {
    if (failure == null) {
      failure = why;
      meter.failed(why);
    }
    created.countDown();
  }
}
