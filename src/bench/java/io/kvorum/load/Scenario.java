package io.kvorum.load;

import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** The kinds of load. The names are those of the command line. */
enum Scenario {
  /** Writes each key once, in order, and ends. */
  fill,
  /** Puts on random keys. */
  put,
  /** Linearizable gets of random keys. */
  get,
  /** Gets of random keys that the server answers without asking others. */
  serializable,
  /** Linearizable ranges over a few neighbouring keys. */
  range,
  /** Gets and puts on random keys. */
  mixed,
  /** A compare and a put. */
  txn,
  /** Many watchers on one key; each must see every event, in order. */
  watch,
  /** Opens connections, waits for the server's first frame, and closes them. */
  handshake;

  private static final int DISTINCT_VALUES = 64;

  Requests requests(LoadOptions options) {
    Keys keys = options.keySpace();
    RequestEncoder encoder =
        options.protocol == LoadOptions.Protocol.grpc
            ? new ProtoRequests(keys)
            : new JsonRequests(keys);
    byte[][] values = new byte[DISTINCT_VALUES][];
    for (int i = 0; i < DISTINCT_VALUES; i++) {
      values[i] = keys.value(i);
    }
    int count = keys.count();
    return switch (this) {
      case fill -> fill(encoder, keys);
      case put -> random -> encoder.put(random.nextInt(count), any(values, random));
      case get -> random -> encoder.get(random.nextInt(count), false);
      case serializable -> random -> encoder.get(random.nextInt(count), true);
      case range -> {
        int length = options.rangeLength;
        yield random -> encoder.range(random.nextInt(count - length + 1), length);
      }
      case mixed ->
          random ->
              random.nextInt(100) < options.readPercent
                  ? encoder.get(random.nextInt(count), false)
                  : encoder.put(random.nextInt(count), any(values, random));
      case txn -> random -> encoder.txn(random.nextInt(count), any(values, random));
      case watch, handshake ->
          throw new IllegalArgumentException(name() + " is not a closed loop of requests");
    };
  }

  private static Requests fill(RequestEncoder encoder, Keys keys) {
    AtomicInteger next = new AtomicInteger();
    return random -> {
      int number = next.getAndIncrement();
      return number < keys.count() ? encoder.put(number, keys.value(number)) : null;
    };
  }

  private static byte[] any(byte[][] values, SplittableRandom random) {
    return values[random.nextInt(values.length)];
  }
}
