package io.kvorum.load;

/** Encodes requests for one dialect. Thread-safe. */
interface RequestEncoder {

  Request put(int number, byte[] value);

  Request get(int number, boolean serializable);

  /** A range of {@code length} neighbouring keys. */
  Request range(int from, int length);

  /** A put guarded by a comparison that holds if the key exists; it is written either way. */
  Request txn(int number, byte[] value);
}
