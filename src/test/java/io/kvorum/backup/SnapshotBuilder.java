package io.kvorum.backup;

import com.google.protobuf.ByteString;
import io.kvorum.bbolt.BoltEntry;
import io.kvorum.bbolt.BoltWriter;
import io.kvorum.bbolt.BucketSource;
import io.kvorum.proto.mvccpb.KeyValue;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Builds snapshot files for tests, entry by entry, in etcd's own bytes. */
public final class SnapshotBuilder {
  private final Map<String, TreeMap<byte[], byte[]>> buckets = new TreeMap<>();

  /** A file with the buckets that every etcd has. */
  public static SnapshotBuilder withAllBuckets() {
    SnapshotBuilder builder = new SnapshotBuilder();
    List.of(
            "alarm",
            "auth",
            "authRoles",
            "authUsers",
            "cluster",
            "key",
            "lease",
            "members",
            "members_removed",
            "meta")
        .forEach(builder::bucket);
    return builder;
  }

  public SnapshotBuilder bucket(String name) {
    buckets.computeIfAbsent(name, any -> new TreeMap<>(Arrays::compareUnsigned));
    return this;
  }

  public SnapshotBuilder entry(String bucket, byte[] key, byte[] value) {
    bucket(bucket);
    buckets.get(bucket).put(key, value);
    return this;
  }

  public SnapshotBuilder entry(String bucket, String key, String value) {
    return entry(bucket, utf8(key), utf8(value));
  }

  /** An entry in hexadecimal digits; blanks do not count. */
  public SnapshotBuilder hex(String bucket, String key, String value) {
    return entry(bucket, bytes(key), bytes(value));
  }

  public SnapshotBuilder put(
      long main, int sub, String key, String value, long create, long version, long lease) {
    KeyValue kv =
        KeyValue.newBuilder()
            .setKey(ByteString.copyFromUtf8(key))
            .setValue(ByteString.copyFromUtf8(value))
            .setCreateRevision(create)
            .setModRevision(main)
            .setVersion(version)
            .setLease(lease)
            .build();
    return entry("key", revision(main, sub), kv.toByteArray());
  }

  /** The first version of a key. */
  public SnapshotBuilder put(long main, String key, String value) {
    return put(main, 0, key, value, main, 1, 0);
  }

  public SnapshotBuilder delete(long main, String key) {
    byte[] revision = Arrays.copyOf(revision(main, 0), 18);
    revision[17] = 't';
    byte[] kv = KeyValue.newBuilder().setKey(ByteString.copyFromUtf8(key)).build().toByteArray();
    return entry("key", revision, kv);
  }

  /** What a restore with a bumped revision adds. */
  public SnapshotBuilder bump(long main) {
    return entry("key", revision(main, 0), new byte[0])
        .entry("meta", utf8("scheduledCompactRev"), revision(main, 0));
  }

  public SnapshotBuilder compacted(long scheduled, long finished) {
    return entry("meta", utf8("scheduledCompactRev"), revision(scheduled, 0))
        .entry("meta", utf8("finishedCompactRev"), revision(finished, 0));
  }

  public SnapshotBuilder lease(long id, int ttl) {
    ByteArrayOutputStream value = new ByteArrayOutputStream();
    value.write(0x08);
    varint(id, value);
    value.write(0x10);
    varint(ttl, value);
    return entry("lease", ByteBuffer.allocate(8).putLong(id).array(), value.toByteArray());
  }

  /** The database without a hash. */
  public byte[] image() throws IOException {
    List<BucketSource> sources = new ArrayList<>();
    buckets.forEach(
        (name, entries) -> {
          List<BoltEntry> all = new ArrayList<>();
          entries.forEach((key, value) -> all.add(new BoltEntry(key, value)));
          sources.add(BucketSource.of(name, all));
        });
    BoltWriter writer = new BoltWriter(sources);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] piece = writer.next(); piece != null; piece = writer.next()) {
      out.write(piece);
    }
    return out.toByteArray();
  }

  /** The database with its hash. */
  public byte[] bytes() throws IOException {
    byte[] image = image();
    MessageDigest digest = SnapshotHash.digest();
    byte[] whole = Arrays.copyOf(image, image.length + 32);
    System.arraycopy(digest.digest(image), 0, whole, image.length, 32);
    return whole;
  }

  public Path write(Path file) throws IOException {
    return Files.write(file, bytes());
  }

  static byte[] revision(long main, int sub) {
    return ByteBuffer.allocate(17).putLong(main).put((byte) '_').putLong(sub).array();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }

  private static void varint(long value, ByteArrayOutputStream out) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      out.write((int) (rest & 0x7F | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }
}
