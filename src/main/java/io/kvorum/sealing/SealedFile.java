package io.kvorum.sealing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/**
 * Reads the content of a sealed file, at any position, in the form of {@link SealedFormat}. One
 * chunk is in memory. That the file ends where it was finished is known when it is open; each chunk
 * is authenticated when it is read. Confined to one thread.
 *
 * <p>Held by: SealedFileTest.
 */
public final class SealedFile implements SeekableByteChannel {
  private static final long NONE = -1;
  private static final int NO_MORE = -1;

  private final Path path;
  private final FileChannel file;
  private final byte[] header;
  private final SecretKeySpec key;
  private final Cipher cipher = DataKey.newCipher();
  private final long chunks;
  private final long size;
  private long position;
  private long chunkNumber = NONE;
  private byte[] chunk = new byte[0];

  private SealedFile(Path path, FileChannel file, byte[] header, SecretKeySpec key)
      throws IOException {
    this.path = path;
    this.file = file;
    this.header = header;
    this.key = key;
    long sealed = file.size() - header.length;
    this.chunks = (sealed + SealedFormat.SEALED_CHUNK_BYTES - 1) / SealedFormat.SEALED_CHUNK_BYTES;
    this.size = sealed - chunks * DataKey.TAG_BYTES;
  }

  /** Whether a file begins as a sealed one does. */
  public static boolean isSealed(Path path) throws IOException {
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      return Arrays.equals(read(file, 0, SealedFormat.MAGIC.length), SealedFormat.MAGIC);
    }
  }

  /**
   * Opens a file, a plain one as it is.
   *
   * @throws UnusableKeysException if it is sealed with a key that is not there
   * @throws BrokenSealException if it is not whole, or was changed
   */
  public static SeekableByteChannel open(Path path, MasterKeys keys) throws IOException {
    FileChannel file = FileChannel.open(path, StandardOpenOption.READ);
    try {
      if (!Arrays.equals(read(file, 0, SealedFormat.MAGIC.length), SealedFormat.MAGIC)) {
        return file;
      }
      byte[] header = header(path, file);
      SealedFile sealed = new SealedFile(path, file, header, dataKey(path, header, keys));
      sealed.requireEnd();
      return sealed;
    } catch (IOException | RuntimeException | Error failure) {
      file.close();
      throw failure;
    }
  }

  private static byte[] header(Path path, FileChannel file) throws IOException {
    byte[] head = read(file, 0, SealedFormat.HEAD_BYTES);
    if (head.length < SealedFormat.HEAD_BYTES
        || head[SealedFormat.MAGIC.length] != SealedFormat.VERSION) {
      throw new BrokenSealException(path + " is sealed in a form that this version does not know");
    }
    int bytes = SealedFormat.headerBytes(Byte.toUnsignedInt(head[SealedFormat.HEAD_BYTES - 1]));
    byte[] header = read(file, 0, bytes);
    if (header.length < bytes) {
      throw new BrokenSealException(path + " is not whole");
    }
    return header;
  }

  private static SecretKeySpec dataKey(Path path, byte[] header, MasterKeys keys)
      throws UnusableKeysException {
    int idEnd = header.length - MasterKey.FINGERPRINT_BYTES - DataKey.SALT_BYTES;
    int saltAt = header.length - DataKey.SALT_BYTES;
    String id =
        new String(
            header,
            SealedFormat.HEAD_BYTES,
            idEnd - SealedFormat.HEAD_BYTES,
            StandardCharsets.ISO_8859_1);
    return keys.withFingerprint(Arrays.copyOfRange(header, idEnd, saltAt))
        .orElseThrow(
            () ->
                new UnusableKeysException(
                    path
                        + " is sealed with the key "
                        + id.replaceAll("[^\\x21-\\x7e]", "?")
                        + (keys.isOff()
                            ? ": give --encryption-key-file, with a file that has this key"
                            : ", which " + keys.source() + " lacks")))
        .dataKey(Arrays.copyOfRange(header, saltAt, header.length));
  }

  private void requireEnd() throws IOException {
    if (chunks < 1) {
      throw new BrokenSealException(path + " is not whole");
    }
    load(chunks - 1);
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    if (position >= size) {
      return NO_MORE;
    }
    load(position / SealedFormat.CHUNK_BYTES);
    int at = (int) (position % SealedFormat.CHUNK_BYTES);
    int length = Math.min(into.remaining(), chunk.length - at);
    into.put(chunk, at, length);
    position += length;
    return length;
  }

  private void load(long number) throws IOException {
    if (number == chunkNumber) {
      return;
    }
    chunkNumber = NONE;
    byte[] sealed =
        read(
            file,
            header.length + number * SealedFormat.SEALED_CHUNK_BYTES,
            SealedFormat.SEALED_CHUNK_BYTES);
    if (sealed.length < DataKey.TAG_BYTES) {
      throw broken();
    }
    try {
      DataKey.init(
          cipher, Cipher.DECRYPT_MODE, key, SealedFormat.prefix(number == chunks - 1), number);
      cipher.updateAAD(header);
      chunk = cipher.doFinal(sealed);
    } catch (AEADBadTagException broken) {
      throw broken();
    } catch (GeneralSecurityException e) {
      throw new IOException("cannot open " + path, e);
    }
    chunkNumber = number;
  }

  private BrokenSealException broken() {
    return new BrokenSealException(
        "the seal of " + path + " is broken: it was changed, or is not whole");
  }

  /** Fewer bytes at the end of the file. */
  private static byte[] read(FileChannel file, long at, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining() && file.read(bytes, at + bytes.position()) >= 0) {}
    return Arrays.copyOf(bytes.array(), bytes.position());
  }

  /** Of the content. */
  @Override
  public long size() {
    return size;
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public SeekableByteChannel position(long newPosition) {
    position = newPosition;
    return this;
  }

  @Override
  public boolean isOpen() {
    return file.isOpen();
  }

  @Override
  public int write(ByteBuffer from) {
    throw new NonWritableChannelException();
  }

  @Override
  public SeekableByteChannel truncate(long newSize) {
    throw new NonWritableChannelException();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
