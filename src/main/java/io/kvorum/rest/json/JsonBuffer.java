package io.kvorum.rest.json;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/**
 * Builds JSON text as UTF-8 bytes. Confined to one thread.
 *
 * <p>Held by: MessageToJsonTest.
 */
public final class JsonBuffer {
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private byte[] array;
  private int length;

  public JsonBuffer(int capacity) {
    array = new byte[capacity];
  }

  public int length() {
    return length;
  }

  /** Writes the text out without a further copy. */
  public void writeTo(OutputStream target) throws IOException {
    target.write(array, 0, length);
  }

  /** Gives the text to a writer that may keep the array, which must not be changed afterwards. */
  public void writeTo(PartWriter target) throws IOException {
    target.write(array, 0, length);
  }

  /** Takes a part of an array. */
  @FunctionalInterface
  public interface PartWriter {
    void write(byte[] bytes, int from, int length) throws IOException;
  }

  public byte[] toByteArray() {
    return length == array.length ? array : Arrays.copyOf(array, length);
  }

  /** Removes the last character, which must be ASCII, to continue inside a closed object. */
  public void dropLast() {
    length--;
  }

  public JsonBuffer append(char ascii) {
    reserve(1);
    array[length++] = (byte) ascii;
    return this;
  }

  public JsonBuffer append(byte[] bytes) {
    reserve(bytes.length);
    System.arraycopy(bytes, 0, array, length, bytes.length);
    length += bytes.length;
    return this;
  }

  /** Appends text that needs no escaping. */
  @SuppressWarnings("deprecation") // getBytes(int, ...) is the fast way to copy ASCII
  public JsonBuffer append(String ascii) {
    int size = ascii.length();
    reserve(size);
    ascii.getBytes(0, size, array, length);
    length += size;
    return this;
  }

  public JsonBuffer append(long number) {
    return append(Long.toString(number));
  }

  /** Appends the text as a JSON string. */
  public JsonBuffer appendString(String text) {
    return appendString(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Appends the text as a JSON string, escaping only what JSON requires. */
  JsonBuffer appendString(byte[] utf8) {
    reserve(utf8.length + 2);
    append('"');
    for (byte b : utf8) {
      switch (b) {
        case '"' -> append("\\\"");
        case '\\' -> append("\\\\");
        case '\b' -> append("\\b");
        case '\f' -> append("\\f");
        case '\n' -> append("\\n");
        case '\r' -> append("\\r");
        case '\t' -> append("\\t");
        default -> {
          if (b >= 0 && b < 0x20) {
            append("\\u00").append((char) HEX[b >> 4]).append((char) HEX[b & 15]);
          } else {
            append((char) (b & 0xff));
          }
        }
      }
    }
    return append('"');
  }

  JsonBuffer appendBase64(byte[] bytes) {
    return append('"').append(Base64.getEncoder().encode(bytes)).append('"');
  }

  private void reserve(int more) {
    if (more > array.length - length) {
      array = Arrays.copyOf(array, Math.max(array.length * 2, Math.addExact(length, more)));
    }
  }
}
