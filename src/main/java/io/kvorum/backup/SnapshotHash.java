package io.kvorum.backup;

import io.kvorum.sealing.MasterKeys;
import io.kvorum.sealing.SealedFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Compares the SHA-256 that stands at the end of a snapshot file, after pages whose sizes are
 * multiples of 512. Stateless.
 *
 * <p>Held by: SnapshotFileTest.
 */
public final class SnapshotHash {
  private static final int HASH_BYTES = 32;
  private static final int UNIT = 512;
  private static final int READ_BYTES = 1 << 16;

  private SnapshotHash() {}

  /** Whether a file of this length has a hash at its end; a copy of a database has none. */
  public static boolean isPresent(long length) {
    return length % UNIT == HASH_BYTES;
  }

  /** A digest of what a hash covers. */
  public static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /**
   * Reads the whole file.
   *
   * @throws SnapshotException if it has no hash, or another one than its content
   */
  public static void verify(Path path, Progress progress) throws IOException {
    verify(path, MasterKeys.NONE, progress);
  }

  /**
   * The same for a file that may be sealed.
   *
   * @throws SnapshotException if it has no hash, or another one than its content
   */
  public static void verify(Path path, MasterKeys keys, Progress progress) throws IOException {
    try (SeekableByteChannel file = SealedFile.open(path, keys)) {
      if (!isPresent(file.size())) {
        throw new SnapshotException("snapshot missing hash but --skip-hash-check=false");
      }
      long length = file.size() - HASH_BYTES;
      byte[] actual = digestOf(file, length, progress);
      byte[] expected = new byte[HASH_BYTES];
      ByteBuffer trailer = ByteBuffer.wrap(expected);
      file.position(length);
      while (trailer.hasRemaining() && file.read(trailer) >= 0) {}
      if (!MessageDigest.isEqual(expected, actual)) {
        throw new SnapshotException(
            "expected sha256 " + decimal(expected) + ", got " + decimal(actual));
      }
    }
  }

  private static byte[] digestOf(SeekableByteChannel file, long length, Progress progress)
      throws IOException {
    MessageDigest digest = digest();
    InputStream in = Channels.newInputStream(file);
    byte[] buffer = new byte[READ_BYTES];
    for (long done = 0; done < length; ) {
      int read = in.read(buffer, 0, (int) Math.min(buffer.length, length - done));
      if (read < 0) {
        throw new SnapshotException("the file has become shorter");
      }
      digest.update(buffer, 0, read);
      done += read;
      progress.report(Progress.Step.VERIFY, done, length);
    }
    return digest.digest();
  }

  /** As etcd's tools show it. */
  private static String decimal(byte[] hash) {
    StringBuilder text = new StringBuilder("[");
    for (byte b : hash) {
      text.append(text.length() > 1 ? " " : "").append(b & 0xFF);
    }
    return text.append(']').toString();
  }
}
