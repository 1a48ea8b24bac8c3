package io.kvorum.backup;

import io.kvorum.apply.StoredFacts;
import io.kvorum.bbolt.BoltEntry;
import io.kvorum.bbolt.BoltWriter;
import io.kvorum.bbolt.BucketSource;
import io.kvorum.mvcc.StoreSnapshot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads a snapshot of the store as the file that etcd's tools take: a bbolt database, then its
 * SHA-256. It holds one page of the history at a time, whatever the size of the store. Confined to
 * one thread at a time, except {@link #close}, which any thread may call.
 */
public final class SnapshotExport implements AutoCloseable {
  /** The size of a blob, as etcd sends them. */
  public static final int BLOB_BYTES = 32 << 10;

  private static final List<String> NOT_HASHED =
      List.of("consistent_index", "term", "storageVersion");

  /**
   * A piece of the file.
   *
   * @param remainingBytes what is left of the database after it
   * @param version of etcd, of what is stored
   */
  public record Blob(byte[] bytes, long remainingBytes, String version) {}

  private final StoreSnapshot snapshot;
  private final BoltWriter database;
  private final String version;
  private final MessageDigest digest = sha256();
  private long remaining;
  private byte[] piece = new byte[0];
  private int taken;
  private boolean isOver;

  /**
   * @param snapshot is closed with this
   * @throws IOException if it cannot be read
   */
  public SnapshotExport(StoreSnapshot snapshot) throws IOException {
    this.snapshot = snapshot;
    List<BucketSource> buckets = new ArrayList<>();
    buckets.add(new KeyBucket(snapshot));
    StoreBuckets.of(snapshot.header())
        .forEach((name, entries) -> buckets.add(BucketSource.of(name, entries)));
    this.database = new BoltWriter(buckets);
    this.remaining = database.length();
    this.version = StoredFacts.of(snapshot.header().facts()).downgrade().clusterVersion();
  }

  /** The length of the file. */
  public long length() {
    return database.length() + digest.getDigestLength();
  }

  /** The revision of the store that it holds. */
  public long revision() {
    return snapshot.header().revision();
  }

  /** The next piece; the last one is the SHA-256; null after that. */
  public @Nullable Blob next() throws IOException {
    if (remaining == 0) {
      if (isOver) {
        return null;
      }
      isOver = true;
      return new Blob(digest.digest(), 0, version);
    }
    byte[] blob = new byte[(int) Math.min(BLOB_BYTES, remaining)];
    for (int filled = 0; filled < blob.length; ) {
      if (taken == piece.length) {
        piece = nextPiece();
        taken = 0;
      }
      int more = Math.min(blob.length - filled, piece.length - taken);
      System.arraycopy(piece, taken, blob, filled, more);
      filled += more;
      taken += more;
    }
    digest.update(blob);
    remaining -= blob.length;
    return new Blob(blob, remaining, version);
  }

  private byte[] nextPiece() throws IOException {
    byte[] next = database.next();
    if (next == null) {
      throw new IOException("the database ends " + remaining + " bytes early");
    }
    return next;
  }

  /**
   * The hash of the whole database, as etcd's Hash computes it: a CRC-32C over names, keys and
   * values of all buckets, but for those entries that differ between equal members.
   *
   * @throws IOException if the snapshot cannot be read
   */
  public static int hash(StoreSnapshot snapshot) throws IOException {
    Map<String, List<BoltEntry>> others = StoreBuckets.of(snapshot.header());
    CRC32C crc = new CRC32C();
    for (String name : others.keySet()) {
      if (name.compareTo("key") < 0) {
        update(crc, name, others);
      }
    }
    crc.update("key".getBytes(StandardCharsets.UTF_8));
    KeyBucket keys = new KeyBucket(snapshot);
    for (int leaf = 0; leaf < keys.leaves(); leaf++) {
      keys.entries(leaf).forEach(entry -> update(crc, entry));
    }
    for (String name : others.keySet()) {
      if (name.compareTo("key") > 0) {
        update(crc, name, others);
      }
    }
    return (int) crc.getValue();
  }

  private static void update(CRC32C crc, String name, Map<String, List<BoltEntry>> buckets) {
    crc.update(name.getBytes(StandardCharsets.UTF_8));
    for (BoltEntry entry : buckets.getOrDefault(name, List.of())) {
      if (!name.equals("meta") || isHashed(entry)) {
        update(crc, entry);
      }
    }
  }

  private static boolean isHashed(BoltEntry meta) {
    return !NOT_HASHED.contains(new String(meta.key(), StandardCharsets.UTF_8));
  }

  private static void update(CRC32C crc, BoltEntry entry) {
    crc.update(entry.key());
    crc.update(entry.value());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    snapshot.close();
  }
}
