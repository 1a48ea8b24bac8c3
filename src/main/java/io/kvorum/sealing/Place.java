package io.kvorum.sealing;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Names the place that a record is sealed for: at another place its seal is broken. Immutable.
 *
 * <p>Held by: RecordSealerTest.
 */
public final class Place {
  private static final byte ENTRY = 1;
  private static final byte PAGE = 2;
  private static final byte FACT = 3;

  private final byte[] bytes;

  private Place(ByteBuffer bytes) {
    this.bytes = bytes.array();
  }

  /** Of an entry of the log. */
  public static Place entry(long index, int term) {
    return new Place(ByteBuffer.allocate(13).put(ENTRY).putLong(index).putInt(term));
  }

  /** Of a page of the history, by the revision of its first change. */
  public static Place page(long main, int sub) {
    return new Place(ByteBuffer.allocate(13).put(PAGE).putLong(main).putInt(sub));
  }

  /** Of a fact. */
  public static Place fact(String name) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    return new Place(ByteBuffer.allocate(1 + text.length).put(FACT).put(text));
  }

  /** What is authenticated with the record. */
  byte[] bytes() {
    return bytes;
  }
}
