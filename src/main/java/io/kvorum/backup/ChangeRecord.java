package io.kvorum.backup;

import com.google.protobuf.InvalidProtocolBufferException;
import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.proto.mvccpb.KeyValue;
import io.kvorum.support.ByteStrings;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Decodes an entry of the bucket {@code key}: one change of the store.
 *
 * <pre>
 *   key    main (8, big-endian) · '_' · sub (8) · 't' if a tombstone
 *   value  KeyValue in protobuf; of a tombstone its key alone
 * </pre>
 *
 * <p>An empty value is a change with an empty key: {@code etcdutl snapshot restore --bump-revision}
 * writes it to move the revision on, and no range ever shows it. Stateless.
 *
 * <p>Held by: SnapshotFileTest.
 */
final class ChangeRecord {
  static final int REVISION_BYTES = 17;

  private static final int MARKED_BYTES = 18;
  private static final byte SEPARATOR = '_';
  private static final byte TOMBSTONE = 't';

  private ChangeRecord() {}

  /**
   * @throws SnapshotException if it is no change, or not the one that its key says
   */
  static Change decode(byte[] key, byte[] value) throws SnapshotException {
    long main = mainOf(key);
    long sub = ByteBuffer.wrap(key).getLong(Long.BYTES + 1);
    if (main <= 0 || sub < 0 || sub > Integer.MAX_VALUE) {
      throw new SnapshotException("the revision " + main + "." + sub + " is out of bounds");
    }
    return new Change((int) sub, content(main, sub, isTombstone(key), value));
  }

  /** The key of the store that an entry is about. */
  static Bytes keyOf(byte[] value) throws SnapshotException {
    return ByteStrings.bytes(parse(value).getKey());
  }

  static boolean isTombstone(byte[] key) {
    return key.length == MARKED_BYTES;
  }

  /** The revision that an entry's key names. */
  static long mainOf(byte[] key) throws SnapshotException {
    if (key.length != REVISION_BYTES && key.length != MARKED_BYTES) {
      throw unreadable(key, "invalid revision length: " + key.length);
    }
    if (key[Long.BYTES] != SEPARATOR || (isTombstone(key) && key[REVISION_BYTES] != TOMBSTONE)) {
      throw unreadable(key, "invalid revision");
    }
    return ByteBuffer.wrap(key).getLong();
  }

  private static io.kvorum.model.KeyValue content(
      long main, long sub, boolean isTombstone, byte[] value) throws SnapshotException {
    if (value.length == 0 && !isTombstone) {
      return new io.kvorum.model.KeyValue(Bytes.EMPTY, Bytes.EMPTY, main, main, 1, 0);
    }
    KeyValue kv = parse(value);
    Bytes key = ByteStrings.bytes(kv.getKey());
    if (isTombstone && !key.isEmpty()) {
      return io.kvorum.model.KeyValue.tombstone(key, main);
    }
    boolean isVersion =
        !key.isEmpty()
            && kv.getModRevision() == main
            && kv.getCreateRevision() > 0
            && kv.getCreateRevision() <= main
            && kv.getVersion() > 0;
    if (!isVersion) {
      throw new SnapshotException("the change at revision " + main + "." + sub + " is damaged");
    }
    return new io.kvorum.model.KeyValue(
        key,
        ByteStrings.bytes(kv.getValue()),
        kv.getCreateRevision(),
        main,
        kv.getVersion(),
        kv.getLease());
  }

  private static KeyValue parse(byte[] value) throws SnapshotException {
    try {
      return KeyValue.parseFrom(value);
    } catch (InvalidProtocolBufferException e) {
      throw new SnapshotException("a value of bucket \"key\" is damaged: " + e.getMessage());
    }
  }

  private static SnapshotException unreadable(byte[] key, String why) {
    String text = Bytes.wrap(key.length > 32 ? Arrays.copyOf(key, 32) : key).toString();
    return new SnapshotException(
        "error during bucket key iteration, name: \"key\" err: cannot parse revision key: "
            + text
            + " err: "
            + why);
  }
}
