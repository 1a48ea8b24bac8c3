package io.kvorum.backup;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import io.kvorum.backup.SnapshotState.GrantedLease;
import io.kvorum.bbolt.BoltCursor;
import io.kvorum.bbolt.BoltFile;
import io.kvorum.model.Alarm;
import io.kvorum.model.Bytes;
import io.kvorum.model.Revision;
import io.kvorum.proto.authpb.Role;
import io.kvorum.proto.authpb.User;
import io.kvorum.proto.etcdserverpb.AlarmMember;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads the small buckets of a snapshot file. A bucket that is missing is an empty one. Used once,
 * by one thread.
 *
 * <p>Held by: SnapshotFileTest.
 */
final class StateReader {
  private static final byte[] AUTH_REVISION = "authRevision".getBytes(StandardCharsets.UTF_8);
  private static final byte[] DOWNGRADE = "downgrade".getBytes(StandardCharsets.UTF_8);

  /** A value beside the keys that is longer is none of etcd's. */
  private static final int MAX_KEPT_BYTES = 1 << 20;

  private final BoltFile file;
  private final List<GrantedLease> leases = new ArrayList<>();
  private final List<Alarm> alarms = new ArrayList<>();
  private final Map<String, Bytes> kept = new TreeMap<>();
  private long compactedRevision = Revision.NEVER_COMPACTED;
  private String storageVersion = "";

  StateReader(BoltFile file) {
    this.file = file;
  }

  /** Only what there is to know of the history: also of a file that is refused otherwise. */
  SnapshotState readMarks() throws IOException {
    each("meta", this::meta);
    return state();
  }

  SnapshotState read() throws IOException {
    each("auth", this::auth);
    each("authUsers", this::user);
    each("authRoles", this::role);
    each("cluster", this::cluster);
    each("lease", this::lease);
    each("alarm", (key, value) -> alarm(key));
    each("meta", this::meta);
    return state();
  }

  private SnapshotState state() throws IOException {
    byte[] last = file.lastKey("key");
    return new SnapshotState(
        last == null ? 0 : ChangeRecord.mainOf(last),
        compactedRevision,
        leases,
        alarms,
        kept,
        storageVersion);
  }

  /** One that cannot be read would keep the restored member from starting. */
  private void user(byte[] key, byte[] value) throws SnapshotException {
    checkName("user", key, value, bytes -> User.parseFrom(bytes).getName());
    keep("authUsers", key, value);
  }

  private void auth(byte[] key, byte[] value) throws SnapshotException {
    if (Arrays.equals(key, AUTH_REVISION) && value.length != Long.BYTES) {
      throw new SnapshotException("the revision of users and roles is damaged");
    }
    keep("auth", key, value);
  }

  private void role(byte[] key, byte[] value) throws SnapshotException {
    checkName("role", key, value, bytes -> Role.parseFrom(bytes).getName());
    keep("authRoles", key, value);
  }

  private static void checkName(String kind, byte[] key, byte[] value, NameReader reader)
      throws SnapshotException {
    try {
      if (Arrays.equals(reader.name(value).toByteArray(), key)) {
        return;
      }
    } catch (InvalidProtocolBufferException damaged) {
      // As one of another name.
    }
    throw new SnapshotException("the " + kind + " " + Bytes.wrap(key) + " is damaged");
  }

  private void cluster(byte[] key, byte[] value) throws SnapshotException {
    if (Arrays.equals(key, DOWNGRADE)) {
      keep("cluster", key, value);
    }
  }

  private void keep(String bucket, byte[] key, byte[] value) throws SnapshotException {
    kept.put(EtcdFacts.name(bucket, key), Bytes.wrap(value));
  }

  private void lease(byte[] key, byte[] value) throws SnapshotException {
    long id = 0;
    long ttl = 0;
    try {
      CodedInputStream in = CodedInputStream.newInstance(value);
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        if (tag == WireFormat.FieldType.INT64.getWireType() + (1 << 3)) {
          id = in.readInt64();
        } else if (tag == WireFormat.FieldType.INT64.getWireType() + (2 << 3)) {
          ttl = in.readInt64();
        } else {
          in.skipField(tag);
        }
      }
    } catch (IOException damaged) {
      throw new SnapshotException("a lease is damaged: " + damaged.getMessage());
    }
    if (key.length != Long.BYTES || ByteBuffer.wrap(key).getLong() != id || id == 0 || ttl < 0) {
      throw new SnapshotException("the lease " + Bytes.wrap(key) + " is damaged");
    }
    leases.add(new GrantedLease(id, ttl));
  }

  private void alarm(byte[] key) throws SnapshotException {
    AlarmMember alarm;
    try {
      alarm = AlarmMember.parseFrom(key);
    } catch (InvalidProtocolBufferException damaged) {
      throw new SnapshotException("an alarm is damaged: " + damaged.getMessage());
    }
    switch (alarm.getAlarm()) {
      case NOSPACE -> alarms.add(new Alarm(alarm.getMemberID(), Alarm.Kind.NOSPACE));
      case CORRUPT -> alarms.add(new Alarm(alarm.getMemberID(), Alarm.Kind.CORRUPT));
      case NONE, UNRECOGNIZED ->
          throw new SnapshotException("an alarm of unknown kind " + alarm.getAlarmValue());
    }
  }

  private void meta(byte[] key, byte[] value) throws SnapshotException {
    switch (new String(key, StandardCharsets.UTF_8)) {
      case "scheduledCompactRev", "finishedCompactRev" ->
          compactedRevision = Math.max(compactedRevision, mark(value));
      case "storageVersion" -> storageVersion = new String(value, StandardCharsets.UTF_8);
      default -> {
        // Index, term and members of another cluster.
      }
    }
  }

  private static long mark(byte[] value) throws SnapshotException {
    if (value.length < Long.BYTES || ByteBuffer.wrap(value).getLong() < 0) {
      throw new SnapshotException("a mark of a compaction is damaged");
    }
    return ByteBuffer.wrap(value).getLong();
  }

  private void each(String bucket, EntryConsumer consumer) throws IOException {
    BoltCursor cursor = file.bucket(bucket);
    while (cursor != null && cursor.next()) {
      if (cursor.isBucket() || cursor.valueBytes() > MAX_KEPT_BYTES) {
        throw new SnapshotException(
            "bucket \"" + bucket + "\" has an entry that is none of etcd's");
      }
      consumer.accept(cursor.key(), cursor.value());
    }
  }

  /** Reads the name that a message gives itself. */
  private interface NameReader {
    ByteString name(byte[] message) throws InvalidProtocolBufferException;
  }

  /** Takes what a bucket holds. */
  private interface EntryConsumer {
    void accept(byte[] key, byte[] value) throws SnapshotException;
  }
}
