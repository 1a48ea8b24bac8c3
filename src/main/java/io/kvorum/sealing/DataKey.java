package io.kvorum.sealing;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Seals with AES-256-GCM under a key that one process has drawn: its nonces are numbers that count
 * up from 1, and die with it. Thread-safe.
 *
 * <p>Held by: RecordSealerTest.
 */
final class DataKey {
  static final int SALT_BYTES = 16;
  static final int TAG_BYTES = 16;
  private static final int NONCE_BYTES = 12;

  /** Far below what GCM allows for one key. */
  private static final long MOST_RECORDS = 1L << 32;

  private final MasterKey master;
  private final byte[] salt;
  private final SecretKeySpec key;
  private final AtomicLong last = new AtomicLong();

  /**
   * @param salt random, drawn for this key
   */
  DataKey(MasterKey master, byte[] salt) {
    this.master = master;
    this.salt = salt.clone();
    this.key = master.dataKey(salt);
  }

  MasterKey master() {
    return master;
  }

  byte[] salt() {
    return salt.clone();
  }

  SecretKeySpec key() {
    return key;
  }

  boolean isUsedUp() {
    return last.get() >= MOST_RECORDS;
  }

  /** A number that was not given before. */
  long nextNumber() {
    return last.incrementAndGet();
  }

  static Cipher newCipher() {
    try {
      return Cipher.getInstance("AES/GCM/NoPadding");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has AES/GCM", e);
    }
  }

  static void init(Cipher cipher, int mode, SecretKeySpec key, int prefix, long number)
      throws GeneralSecurityException {
    byte[] nonce = ByteBuffer.allocate(NONCE_BYTES).putInt(prefix).putLong(number).array();
    cipher.init(mode, key, new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonce));
  }
}
