package io.kvorum.bbolt;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads a bbolt file, page by page: it takes memory for a path through the tree and one value,
 * never for the file. What is wrong with a file is a {@link BoltException}. The file must not
 * change meanwhile. Confined to one thread.
 */
public final class BoltFile implements Closeable {
  /** A longer value is refused: it would have to be in memory as a whole. */
  public static final int MAX_VALUE_BYTES = 64 * 1024 * 1024;

  private final SeekableByteChannel file;
  private final BoltMeta meta;

  private BoltFile(SeekableByteChannel file, BoltMeta meta) {
    this.file = file;
    this.meta = meta;
  }

  /**
   * @throws BoltException if neither of the file's metas can be used
   */
  public static BoltFile open(Path path) throws IOException {
    return open(FileChannel.open(path, StandardOpenOption.READ));
  }

  /**
   * The same for a file that is open already, which is closed with this.
   *
   * @throws BoltException if neither of the file's metas can be used
   */
  public static BoltFile open(SeekableByteChannel file) throws IOException {
    try {
      return new BoltFile(file, BoltMeta.read(file));
    } catch (IOException | RuntimeException | Error failure) {
      file.close();
      throw failure;
    }
  }

  /** Reads from a place of a file; fewer bytes than asked for, or -1 at its end. */
  static int read(SeekableByteChannel file, ByteBuffer into, long at) throws IOException {
    return file.position(at).read(into);
  }

  /** The length of the database by its metas; the file may be longer. */
  public long bytes() {
    return meta.bytes();
  }

  /** The top-level buckets. */
  public BoltCursor root() throws IOException {
    return new BoltCursor(this, treePage(meta.rootPage()));
  }

  /** The entries of a top-level bucket; null if there is none of this name. */
  public @Nullable BoltCursor bucket(String name) throws IOException {
    byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
    BoltCursor buckets = root();
    while (buckets.next()) {
      if (Arrays.equals(buckets.key(), wanted) && buckets.isBucket()) {
        return buckets.bucket();
      }
    }
    return null;
  }

  /** The last key of a top-level bucket; null if there is no such bucket, or nothing in it. */
  public byte @Nullable [] lastKey(String bucket) throws IOException {
    BoltCursor cursor = bucket(bucket);
    return cursor == null ? null : cursor.lastKey();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  BoltMeta meta() {
    return meta;
  }

  /** The pages that the file really has, of those that its metas speak of. */
  long pages() throws IOException {
    return Math.min(meta.highWaterMark(), file.size() / meta.pageBytes());
  }

  Page page(long id) throws IOException {
    return Page.read(file, meta, id);
  }

  /** A page of a bucket's tree. */
  Page treePage(long id) throws IOException {
    return page(id).expect(BoltFormat.BRANCH | BoltFormat.LEAF);
  }

  /** The root of the bucket with this value. */
  Page bucketRoot(byte[] value) throws IOException {
    long root = rootOf(value);
    if (root != 0) {
      return treePage(root);
    }
    return Page.inline(Arrays.copyOfRange(value, BoltFormat.BUCKET_BYTES, value.length));
  }

  /** The root page of the bucket with this value; 0 if the bucket is inline. */
  static long rootOf(byte[] value) throws BoltException {
    if (value.length < BoltFormat.BUCKET_BYTES) {
      throw new BoltException("a bucket's value has " + value.length + " bytes");
    }
    ByteBuffer buffer = BoltFormat.littleEndian(value);
    return buffer.getLong();
  }
}
