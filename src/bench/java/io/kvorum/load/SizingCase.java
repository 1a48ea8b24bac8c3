package io.kvorum.load;

import java.util.Locale;

/**
 * What a server holds when {@code bench/sizing} measures it.
 *
 * @param keys of 31 bytes
 * @param valueBytes of each value
 * @param revisions how many puts made the keys, as none has been compacted
 * @param watchers each on a stream of its own
 */
record SizingCase(int keys, int valueBytes, int revisions, int watchers) {

  /** Written {@code keys x valueBytes}, with {@code x revisions} and {@code +watchers} if any. */
  static SizingCase parse(String text) {
    String[] store = text.split("\\+", 2);
    String[] numbers = store[0].split("x");
    if (numbers.length < 2) {
      throw new IllegalArgumentException(
          "a case is KEYSxVALUEBYTES[xREVISIONS][+WATCHERS], this is " + text);
    }
    int keys = Integer.parseInt(numbers[0]);
    return new SizingCase(
        keys,
        Integer.parseInt(numbers[1]),
        numbers.length > 2 ? Integer.parseInt(numbers[2]) : keys,
        store.length > 1 ? Integer.parseInt(store[1]) : 0);
  }

  /** The first columns of its row. */
  String cells() {
    return String.format(
        Locale.ROOT,
        "%,d | %s | %,d | %,d",
        keys,
        keys == 0 ? "–" : valueBytes + " B",
        revisions,
        watchers);
  }
}
