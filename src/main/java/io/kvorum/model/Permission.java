package io.kvorum.model;

/**
 * Allows a role to read or write a range of keys. Immutable.
 *
 * @param type as etcd numbers it: 0 to read, 1 to write, 2 for both; what another number means is
 *     not known, so that it allows nothing
 * @param rangeEnd as on the wire: empty for the single key, one zero byte for all from it on
 */
public record Permission(int type, Bytes key, Bytes rangeEnd) {
  public static final int READ = 0;
  public static final int WRITE = 1;
  public static final int READWRITE = 2;

  public KeyRange range() {
    return KeyRange.ofWire(key, rangeEnd);
  }

  public boolean allowsReading() {
    return type == READ || type == READWRITE;
  }

  public boolean allowsWriting() {
    return type == WRITE || type == READWRITE;
  }
}
