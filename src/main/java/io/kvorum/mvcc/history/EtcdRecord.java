package io.kvorum.mvcc.history;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.KeyValue;
import java.util.List;

/**
 * Writes a change as etcd's database holds it, which is what etcd's hashes and snapshot files are
 * made of. Stateless.
 *
 * <pre>
 *   key    main (8 bytes) · '_' · sub (8 bytes) · 't' if it is a tombstone      big-endian
 *   value  a KeyValue message; a tombstone has its key alone
 * </pre>
 *
 * <p>A version of the empty key, which no client can write, is what a restore with {@code
 * --bump-revision} leaves behind: it has an empty value.
 */
public final class EtcdRecord {
  private static final int KEY_BYTES = 17;
  private static final int TOMBSTONE_KEY_BYTES = 18;
  private static final int KEY = 1;
  private static final int CREATE_REVISION = 2;
  private static final int MOD_REVISION = 3;
  private static final int VERSION = 4;
  private static final int VALUE = 5;
  private static final int LEASE = 6;

  private EtcdRecord() {}

  /** What the keys and values of all these records take. */
  static int bytes(List<Change> changes) {
    int bytes = 0;
    for (Change change : changes) {
      bytes += bytes(change, change.kv().value().length());
    }
    return bytes;
  }

  /** What key and value of the record take, for a change whose value has that length. */
  static int bytes(Change change, int valueLength) {
    return keyBytes(change) + valueBytes(change.kv(), valueLength);
  }

  public static byte[] key(Change change) {
    byte[] key = new byte[keyBytes(change)];
    writeKey(change.kv().modRevision(), change.sub(), key);
    if (change.kv().isTombstone()) {
      key[KEY_BYTES] = 't';
    }
    return key;
  }

  /** The key of a version that is no tombstone. */
  public static byte[] key(long main, int sub) {
    byte[] key = new byte[KEY_BYTES];
    writeKey(main, sub, key);
    return key;
  }

  private static void writeKey(long main, int sub, byte[] target) {
    putLong(target, 0, main);
    target[Long.BYTES] = '_';
    putLong(target, Long.BYTES + 1, sub);
  }

  public static byte[] value(Change change) {
    KeyValue kv = change.kv();
    byte[] value = new byte[valueBytes(kv, kv.value().length())];
    if (value.length > 0) {
      Writer out = new Writer(value);
      out.bytes(KEY, kv.key());
      out.number(CREATE_REVISION, kv.createRevision());
      out.number(MOD_REVISION, kv.isTombstone() ? 0 : kv.modRevision());
      out.number(VERSION, kv.version());
      out.bytes(VALUE, kv.value());
      out.number(LEASE, kv.lease());
    }
    return value;
  }

  private static int keyBytes(Change change) {
    return change.kv().isTombstone() ? TOMBSTONE_KEY_BYTES : KEY_BYTES;
  }

  private static int valueBytes(KeyValue kv, int valueLength) {
    int keyLength = kv.key().length();
    if (keyLength == 0) {
      return 0;
    }
    return bytesField(keyLength)
        + numberField(kv.createRevision())
        + (kv.isTombstone() ? 0 : numberField(kv.modRevision()))
        + numberField(kv.version())
        + bytesField(valueLength)
        + numberField(kv.lease());
  }

  /** What a field takes; nothing if it is empty. */
  private static int bytesField(int length) {
    return length == 0 ? 0 : 1 + varintBytes(length) + length;
  }

  private static int numberField(long number) {
    return number == 0 ? 0 : 1 + varintBytes(number);
  }

  private static int varintBytes(long number) {
    return Math.max(1, (Long.SIZE - Long.numberOfLeadingZeros(number) + 6) / 7);
  }

  private static void putLong(byte[] target, int at, long number) {
    for (int i = 0; i < Long.BYTES; i++) {
      target[at + i] = (byte) (number >>> (56 - 8 * i));
    }
  }

  /** Writes the fields of a message whose length is known. */
  private static final class Writer {
    private static final int VARINT = 0;
    private static final int LENGTH_DELIMITED = 2;

    private final byte[] target;
    private int at;

    Writer(byte[] target) {
      this.target = target;
    }

    void number(int field, long number) {
      if (number != 0) {
        varint(field << 3 | VARINT);
        varint(number);
      }
    }

    void bytes(int field, Bytes bytes) {
      int length = bytes.length();
      if (length > 0) {
        varint(field << 3 | LENGTH_DELIMITED);
        varint(length);
        System.arraycopy(bytes.unsafeArray(), 0, target, at, length);
        at += length;
      }
    }

    private void varint(long number) {
      long rest = number;
      while ((rest & ~0x7fL) != 0) {
        target[at++] = (byte) (rest | 0x80);
        rest >>>= 7;
      }
      target[at++] = (byte) rest;
    }
  }
}
