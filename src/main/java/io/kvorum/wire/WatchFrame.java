package io.kvorum.wire;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/**
 * Holds an encoded {@code WatchResponse}: the bytes of its own fields, and those of its events,
 * which it shares with the frames of other watchers. Immutable, provided that the arrays are not
 * written.
 *
 * <p>Held by: WatchWireTest.
 */
public final class WatchFrame {
  private final byte[] head;
  private final List<byte[]> events;
  private final int length;

  WatchFrame(byte[] head, List<byte[]> events) {
    this.head = head;
    this.events = events;
    int sum = head.length;
    for (byte[] event : events) {
      sum = Math.addExact(sum, event.length);
    }
    this.length = sum;
  }

  /** The length in bytes. */
  public int length() {
    return length;
  }

  /** How many events it carries. */
  public int eventCount() {
    return events.size();
  }

  public void writeTo(OutputStream target) throws IOException {
    target.write(head);
    for (byte[] event : events) {
      target.write(event);
    }
  }
}
