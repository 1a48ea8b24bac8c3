package io.kvorum.sealing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Seals the records of one directory, and opens them. Each process seals with data keys that it has
 * drawn, so that a nonce, a number that counts up, can never come twice.
 *
 * <pre>
 *   magic (4) · fingerprint of the master key (8) · salt of the data key (16) · number (8) ·
 *   ciphertext · tag (16)
 * </pre>
 *
 * <p>All before the ciphertext is authenticated, and so is the {@link Place}. Thread-safe.
 *
 * <p>Held by: RecordSealerTest, DerbyWalSealedContractTest, DerbyHistorySealedContractTest.
 */
public final class RecordSealer {
  /** No record in the clear begins so: they begin with their version, or with text. */
  private static final byte[] MAGIC = {(byte) 0xF5, 'K', 'V', 1};

  private static final int SALT_AT = MAGIC.length + MasterKey.FINGERPRINT_BYTES;
  private static final int NUMBER_AT = SALT_AT + DataKey.SALT_BYTES;
  private static final int HEADER_BYTES = NUMBER_AT + Long.BYTES;

  /** What a record takes more than its content. */
  public static final int OVERHEAD_BYTES = HEADER_BYTES + DataKey.TAG_BYTES;

  private static final String BROKEN = "its seal is broken: it was changed, or belongs elsewhere";

  private final Sealing sealing;
  private final Path directory;
  private final SecureRandom random = new SecureRandom();
  private final ThreadLocal<Cipher> ciphers = ThreadLocal.withInitial(DataKey::newCipher);
  private final Map<ByteBuffer, SecretKeySpec> dataKeys = new ConcurrentHashMap<>();
  private volatile KeyList list;

  /** Of the active master key; null while what is new is written in the clear. */
  private volatile @Nullable DataKey current;

  public RecordSealer(Sealing sealing, Path directory) {
    this.sealing = sealing;
    this.directory = directory;
    this.list = KeyList.plain(directory);
  }

  /**
   * Writes the list of a directory that is being created.
   *
   * @param place where it is being created
   */
  public void begin(Path place) throws IOException {
    MasterKeys keys = sealing.keys();
    KeyList.ofNew(directory, keys).write(place, keys);
  }

  /**
   * Reads the list of the directory; changes nothing.
   *
   * @throws IOException if the keys for it are not there; the message is one line
   */
  public void load() throws IOException {
    list = KeyList.verified(directory, sealing.keys());
  }

  /**
   * Seals a record, or returns it as it is if the keys say so. With what, the list says durably
   * before this returns.
   */
  public byte[] seal(byte[] content, Place place) throws IOException {
    DataKey key = key();
    if (key == null) {
      return content;
    }
    long number = key.nextNumber();
    byte[] record = new byte[OVERHEAD_BYTES + content.length];
    ByteBuffer.wrap(record)
        .put(MAGIC)
        .put(key.master().fingerprint())
        .put(key.salt())
        .putLong(number);
    try {
      Cipher cipher = ciphers.get();
      DataKey.init(cipher, Cipher.ENCRYPT_MODE, key.key(), 0, number);
      cipher.updateAAD(record, 0, HEADER_BYTES);
      cipher.updateAAD(place.bytes());
      cipher.doFinal(content, 0, content.length, record, HEADER_BYTES);
      return record;
    } catch (GeneralSecurityException e) {
      throw new IOException("cannot seal", e);
    }
  }

  private @Nullable DataKey key() throws IOException {
    MasterKeys keys = sealing.keys();
    if (keys.isPlain()) {
      if (!list.hasPlain()) {
        addToList(keys);
      }
      return null;
    }
    DataKey key = current;
    return key == null || !isFor(keys.keys().get(0), key) ? newKey(keys) : key;
  }

  private static boolean isFor(MasterKey master, DataKey key) {
    return key.master().equals(master) && !key.isUsedUp();
  }

  private synchronized DataKey newKey(MasterKeys keys) throws IOException {
    MasterKey master = keys.keys().get(0);
    DataKey key = current;
    if (key == null || !isFor(master, key)) {
      addToList(keys);
      byte[] salt = new byte[DataKey.SALT_BYTES];
      random.nextBytes(salt);
      key = new DataKey(master, salt);
      current = key;
    }
    return key;
  }

  private synchronized void addToList(MasterKeys keys) throws IOException {
    KeyList longer = list.with(keys);
    if (!longer.equals(list)) {
      longer.write(directory, keys);
      list = longer;
    }
  }

  /**
   * Opens a record.
   *
   * @throws BrokenSealException if it is not what was sealed for this place
   */
  public byte[] open(byte[] record, Place place) throws IOException {
    if (!isSealed(record)) {
      if (list.hasPlain()) {
        return record;
      }
      throw new BrokenSealException("it is in the clear, where all should be sealed");
    }
    try {
      Cipher cipher = ciphers.get();
      long number = ByteBuffer.wrap(record).getLong(NUMBER_AT);
      DataKey.init(cipher, Cipher.DECRYPT_MODE, dataKeyOf(record), 0, number);
      cipher.updateAAD(record, 0, HEADER_BYTES);
      cipher.updateAAD(place.bytes());
      return cipher.doFinal(record, HEADER_BYTES, record.length - HEADER_BYTES);
    } catch (AEADBadTagException broken) {
      throw new BrokenSealException(BROKEN);
    } catch (GeneralSecurityException e) {
      throw new IOException("cannot open what is sealed", e);
    }
  }

  /** Whether it looks like a record that was sealed. */
  public static boolean isSealed(byte[] record) {
    return record.length >= OVERHEAD_BYTES
        && Arrays.equals(record, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
  }

  private SecretKeySpec dataKeyOf(byte[] record) throws IOException {
    ByteBuffer id = ByteBuffer.wrap(record, MAGIC.length, NUMBER_AT - MAGIC.length).slice();
    SecretKeySpec known = dataKeys.get(id);
    if (known != null) {
      return known;
    }
    byte[] fingerprint = Arrays.copyOfRange(record, MAGIC.length, SALT_AT);
    MasterKey master =
        sealing
            .keys()
            .withFingerprint(fingerprint)
            .orElseThrow(
                () -> new BrokenSealException("it is sealed with none of the keys that are known"));
    SecretKeySpec key = master.dataKey(Arrays.copyOfRange(record, SALT_AT, NUMBER_AT));
    dataKeys.put(ByteBuffer.wrap(Arrays.copyOfRange(record, MAGIC.length, NUMBER_AT)), key);
    return key;
  }

  /** What the directory may be sealed with. */
  public KeyList list() {
    return list;
  }

  /** The keys as they are now. */
  public MasterKeys keys() {
    return sealing.keys();
  }

  /**
   * Everything that a list said has been rewritten with these keys: the list names nothing else
   * from now on. Unless something was sealed otherwise meanwhile: then nothing happens.
   *
   * @param begun the list when the rewriting began
   */
  public synchronized void keepOnly(MasterKeys keys, KeyList begun) throws IOException {
    if (!list.equals(begun) && !list.equals(begun.with(keys))) {
      return;
    }
    KeyList only = KeyList.ofNew(directory, keys);
    only.write(directory, keys);
    list = only;
  }
}
