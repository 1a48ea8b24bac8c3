package io.kvorum.sealing;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The form of a sealed file: chunks of equal length, each authenticated with its number, the
 * header, and whether it is the last one. Stateless.
 *
 * <pre>
 *   header   "KVSEALED" (8) · version 1 (1) · length of the id (1) · id of the master key ·
 *            its fingerprint (8) · salt of the data key (16)
 *   chunk    ciphertext (65,536, or less in the last one) · tag (16)
 *   nonce    1 in the last chunk, else 0 (4) · number of the chunk, from 0 on (8)
 * </pre>
 *
 * <p>Held by: SealedFileTest.
 */
final class SealedFormat {
  static final byte[] MAGIC = "KVSEALED".getBytes(StandardCharsets.US_ASCII);
  static final byte VERSION = 1;

  /** Of the header before the id. */
  static final int HEAD_BYTES = MAGIC.length + 2;

  static final int CHUNK_BYTES = 1 << 16;
  static final int SEALED_CHUNK_BYTES = CHUNK_BYTES + DataKey.TAG_BYTES;

  private SealedFormat() {}

  static byte[] header(MasterKey key, byte[] salt) {
    byte[] id = key.id().getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(headerBytes(id.length))
        .put(MAGIC)
        .put(VERSION)
        .put((byte) id.length)
        .put(id)
        .put(key.fingerprint())
        .put(salt)
        .array();
  }

  static int headerBytes(int idBytes) {
    return HEAD_BYTES + idBytes + MasterKey.FINGERPRINT_BYTES + DataKey.SALT_BYTES;
  }

  /** The first part of the nonce. */
  static int prefix(boolean isLast) {
    return isLast ? 1 : 0;
  }
}
