package io.kvorum.sealing;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.Cipher;

/**
 * Seals a file while it is written, from front to back, in the form of {@link SealedFormat}. It is
 * whole when {@link #finish} has returned. Confined to one thread.
 *
 * <p>Held by: SealedFileTest.
 */
public final class SealedWriter implements Closeable {
  private final WritableByteChannel out;
  private final byte[] header;
  private final DataKey key;
  private final Cipher cipher = DataKey.newCipher();
  private final ByteBuffer chunk = ByteBuffer.allocate(SealedFormat.CHUNK_BYTES);
  private final ByteBuffer sealed = ByteBuffer.allocate(SealedFormat.SEALED_CHUNK_BYTES);
  private long number;
  private boolean isBegun;

  public SealedWriter(WritableByteChannel out, MasterKey key) {
    this.out = out;
    byte[] salt = new byte[DataKey.SALT_BYTES];
    new SecureRandom().nextBytes(salt);
    this.key = new DataKey(key, salt);
    this.header = SealedFormat.header(key, salt);
  }

  /** The length of the file that holds so much. */
  public static long lengthOf(long contentBytes, MasterKey key) {
    long chunks =
        Math.max(1, (contentBytes + SealedFormat.CHUNK_BYTES - 1) / SealedFormat.CHUNK_BYTES);
    return SealedFormat.headerBytes(key.id().length()) + contentBytes + chunks * DataKey.TAG_BYTES;
  }

  /** Takes all that remains in the buffer. */
  public void write(ByteBuffer content) throws IOException {
    while (content.hasRemaining()) {
      if (!chunk.hasRemaining()) {
        emit(false);
      }
      ByteBuffer part = content.duplicate();
      part.limit(part.position() + Math.min(part.remaining(), chunk.remaining()));
      chunk.put(part);
      content.position(part.position());
    }
  }

  /** Writes the end, without which what there is cannot be opened. */
  public void finish() throws IOException {
    emit(true);
  }

  private void emit(boolean isLast) throws IOException {
    if (!isBegun) {
      writeFully(ByteBuffer.wrap(header));
      isBegun = true;
    }
    try {
      DataKey.init(cipher, Cipher.ENCRYPT_MODE, key.key(), SealedFormat.prefix(isLast), number++);
      cipher.updateAAD(header);
      cipher.doFinal(chunk.flip(), sealed.clear());
    } catch (GeneralSecurityException e) {
      throw new IOException("cannot seal", e);
    }
    chunk.clear();
    writeFully(sealed.flip());
  }

  private void writeFully(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
