package io.kvorum.backup;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.protobuf.CodedOutputStream;
import io.kvorum.apply.StoredFacts;
import io.kvorum.bbolt.BoltEntry;
import io.kvorum.lease.Lease;
import io.kvorum.model.Alarm;
import io.kvorum.model.Bytes;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.StoreSnapshot;
import io.kvorum.mvcc.history.EtcdRecord;
import io.kvorum.proto.etcdserverpb.AlarmMember;
import io.kvorum.proto.etcdserverpb.AlarmType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Makes the buckets of etcd's database, all but {@code key}, of the facts of a store: leases,
 * alarms, members, versions, and what a restored snapshot brought along that has no meaning here.
 * Stateless.
 *
 * <p>Held by: SnapshotExportTest.
 */
final class StoreBuckets {
  private static final List<String> NAMES =
      List.of(
          "alarm",
          "auth",
          "authRoles",
          "authUsers",
          "cluster",
          "lease",
          "members",
          "members_removed",
          "meta");

  private StoreBuckets() {}

  /** The buckets by name; the entries of each in the order of their keys. */
  static Map<String, List<BoltEntry>> of(StoreSnapshot.Header header) {
    StoredFacts stored = StoredFacts.of(header.facts());
    Buckets buckets = new Buckets();
    NAMES.forEach(buckets::of);
    buckets.of("auth").put("authRevision", bigEndian(1));
    header.facts().forEach((name, value) -> addKept(name, value, buckets));
    addMeta(header, stored, buckets.of("meta"));
    buckets.of("cluster").put("clusterVersion", text(stored.downgrade().clusterVersion()));
    for (Lease lease : stored.leases()) {
      buckets.of("lease").put(bigEndian(lease.id()), encoded(lease));
    }
    for (Alarm alarm : stored.alarms()) {
      buckets.of("alarm").put(key(alarm), new byte[0]);
    }
    for (ClusterMember member : stored.members()) {
      buckets.of("members").put(Long.toHexString(member.id()), text(json(member).toString()));
    }
    for (long id : stored.removed()) {
      buckets.of("members_removed").put(Long.toHexString(id), text("removed"));
    }
    return buckets.entries();
  }

  private static void addKept(String fact, Bytes value, Buckets buckets) {
    EtcdFacts.parse(fact)
        .ifPresent(
            kept -> buckets.of(kept.bucket()).put(kept.key().unsafeArray(), value.unsafeArray()));
  }

  private static void addMeta(StoreSnapshot.Header header, StoredFacts stored, Bucket meta) {
    meta.put("consistent_index", bigEndian(header.index()));
    meta.put("term", bigEndian(header.term()));
    meta.put("storageVersion", text(stored.downgrade().clusterVersion()));
    meta.put("confState", text(confState(stored).toString()));
    if (header.compactedRevision() != Revision.NEVER_COMPACTED) {
      byte[] compacted = EtcdRecord.key(header.compactedRevision(), 0);
      meta.put("scheduledCompactRev", compacted);
      if (header.isSettled()) {
        meta.put("finishedCompactRev", compacted);
      }
    }
  }

  private static JsonObject confState(StoredFacts stored) {
    JsonObject state = new JsonObject();
    state.add("voters", ids(stored.voters()));
    if (stored.members().stream().anyMatch(ClusterMember::isLearner)) {
      state.add(
          "learners",
          ids(
              stored.members().stream()
                  .filter(ClusterMember::isLearner)
                  .map(ClusterMember::id)
                  .toList()));
    }
    state.addProperty("auto_leave", false);
    return state;
  }

  private static JsonArray ids(Collection<Long> ids) {
    JsonArray array = new JsonArray();
    ids.stream().sorted(Long::compareUnsigned).forEach(id -> array.add(unsigned(id)));
    return array;
  }

  private static JsonObject json(ClusterMember member) {
    JsonObject json = new JsonObject();
    json.addProperty("id", unsigned(member.id()));
    json.add("peerURLs", texts(member.peerUrls()));
    if (member.isLearner()) {
      json.addProperty("isLearner", true);
    }
    if (!member.name().isEmpty()) {
      json.addProperty("name", member.name());
    }
    if (!member.clientUrls().isEmpty()) {
      json.add("clientURLs", texts(member.clientUrls()));
    }
    return json;
  }

  private static JsonArray texts(List<String> texts) {
    JsonArray array = new JsonArray();
    texts.forEach(array::add);
    return array;
  }

  private static BigInteger unsigned(long id) {
    return new BigInteger(Long.toUnsignedString(id));
  }

  /** A message with the numbers ID, TTL and RemainingTTL. */
  private static byte[] encoded(Lease lease) {
    long[] fields = {lease.id(), lease.ttlSeconds(), lease.checkpointedSeconds()};
    int bytes = 0;
    for (int i = 0; i < fields.length; i++) {
      bytes += fields[i] == 0 ? 0 : CodedOutputStream.computeInt64Size(i + 1, fields[i]);
    }
    byte[] message = new byte[bytes];
    CodedOutputStream out = CodedOutputStream.newInstance(message);
    try {
      for (int i = 0; i < fields.length; i++) {
        if (fields[i] != 0) {
          out.writeInt64(i + 1, fields[i]);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the message is longer than it was computed", e);
    }
    return message;
  }

  private static byte[] key(Alarm alarm) {
    return AlarmMember.newBuilder()
        .setMemberID(alarm.memberId())
        .setAlarm(
            switch (alarm.kind()) {
              case NOSPACE -> AlarmType.NOSPACE;
              case CORRUPT -> AlarmType.CORRUPT;
            })
        .build()
        .toByteArray();
  }

  private static byte[] bigEndian(long number) {
    return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** The buckets under construction. */
  private static final class Buckets {
    private final Map<String, Bucket> byName = new TreeMap<>();

    Bucket of(String name) {
      return byName.computeIfAbsent(name, absent -> new Bucket());
    }

    Map<String, List<BoltEntry>> entries() {
      Map<String, List<BoltEntry>> entries = new TreeMap<>();
      byName.forEach((name, bucket) -> entries.put(name, bucket.entries()));
      return entries;
    }
  }

  /** A bucket under construction. */
  private static final class Bucket {
    private final Map<byte[], byte[]> entries = new TreeMap<>(Arrays::compareUnsigned);

    void put(String key, byte[] value) {
      put(text(key), value);
    }

    void put(byte[] key, byte[] value) {
      entries.put(key, value);
    }

    List<BoltEntry> entries() {
      List<BoltEntry> list = new ArrayList<>(entries.size());
      entries.forEach((key, value) -> list.add(new BoltEntry(key, value)));
      return list;
    }
  }
}
