package io.kvorum.rest.json;

import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Splits a stream of concatenated JSON objects as the bytes arrive. It only tracks braces, brackets
 * and strings; the reader of an object checks whether it is well-formed. Confined to one thread at
 * a time.
 */
public final class JsonValues {
  private static final int LEAST_BYTES = 256;

  /** A buffer up to this size is kept when a message has left it. */
  private static final int KEPT_BYTES = 8 << 10;

  private final int maxBytes;
  private byte[] buffer = new byte[LEAST_BYTES];
  private int length;
  private int scanned;
  private int depth;
  private final BitSet isArray = new BitSet();
  private boolean isInString;
  private boolean isAfterBackslash;

  /**
   * @param maxBytes the largest size of one object
   */
  public JsonValues(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  public void add(byte[] bytes, int count) {
    if (count > buffer.length - length) {
      buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, length + count));
    }
    System.arraycopy(bytes, 0, buffer, length, count);
    length += count;
  }

  /**
   * The next complete object; null if more bytes are needed.
   *
   * @throws MalformedJsonException if something other than an object begins, or if it is too long
   */
  public byte @Nullable [] next() {
    while (scanned < length) {
      byte b = buffer[scanned++];
      if (isInString) {
        scanInString(b);
      } else if (b == '{' || (b == '[' && depth > 0)) {
        isArray.set(depth, b == '[');
        depth++;
      } else if (depth == 0) {
        refuseUnlessSpace(b);
      } else if (b == '}' || b == ']') {
        depth--;
        refuseUnlessOpen(b);
        if (depth == 0) {
          return cut();
        }
      } else if (b == '"') {
        isInString = true;
      }
    }
    if (length > maxBytes) {
      throw new MalformedJsonException("message larger than max (" + maxBytes + ")");
    }
    return null;
  }

  /**
   * Ends the input.
   *
   * @throws MalformedJsonException if they end in the middle of an object
   */
  public void end() {
    if (depth > 0) {
      refuseWhatThereIs();
    }
  }

  private void refuseWhatThereIs() {
    new JsonLexer(buffer, 0, length).skipValue();
    throw MalformedJsonException.unexpectedEnd();
  }

  private void scanInString(byte b) {
    if (isAfterBackslash) {
      isAfterBackslash = false;
    } else if (b == '\\') {
      isAfterBackslash = true;
    } else if (b == '"') {
      isInString = false;
    }
  }

  /** What closes something else than is open would never be complete. */
  private void refuseUnlessOpen(byte closing) {
    if (isArray.get(depth) != (closing == ']')) {
      refuseWhatThereIs();
    }
  }

  private static void refuseUnlessSpace(byte b) {
    if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
      throw MalformedJsonException.invalidCharacter(b & 0xff, "looking for beginning of value");
    }
  }

  /** Whether an object has begun that is not complete. */
  public boolean isInMessage() {
    return depth > 0;
  }

  /** How many bytes this takes: those of objects that are not complete, and room for more. */
  public int heldBytes() {
    return buffer.length;
  }

  /** Forgets what has been added. */
  public void clear() {
    buffer = new byte[LEAST_BYTES];
    length = 0;
    scanned = 0;
    depth = 0;
    isInString = false;
    isAfterBackslash = false;
  }

  private byte[] cut() {
    byte[] value = Arrays.copyOf(buffer, scanned);
    int rest = length - scanned;
    byte[] next = buffer;
    if (buffer.length > KEPT_BYTES && rest <= KEPT_BYTES) {
      next = new byte[KEPT_BYTES];
    }
    System.arraycopy(buffer, scanned, next, 0, rest);
    buffer = next;
    length = rest;
    scanned = 0;
    return value;
  }
}
