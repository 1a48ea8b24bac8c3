package io.kvorum.sealing;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A key of 256 bits with the id that its owner has given it. It encrypts nothing itself: data keys
 * are derived from it, each from a random salt, by HMAC-SHA-256 as a key derivation function (NIST
 * SP 800-108). Immutable; equal if id and secret are.
 *
 * <p>Held by: MasterKeysTest, RecordSealerTest.
 */
public final class MasterKey {
  static final int BYTES = 32;
  static final int FINGERPRINT_BYTES = 8;

  private static final String DATA_KEY = "kvorum data key 1";
  private static final String FINGERPRINT = "kvorum key fingerprint 1";
  private static final String LIST = "kvorum key list 1";

  private final String id;
  private final byte[] secret;
  private final byte[] fingerprint;

  /**
   * @param secret {@value #BYTES} bytes
   */
  MasterKey(String id, byte[] secret) {
    this.id = id;
    this.secret = secret.clone();
    this.fingerprint = Arrays.copyOf(mac(FINGERPRINT, new byte[0]), FINGERPRINT_BYTES);
  }

  public String id() {
    return id;
  }

  /** Tells this secret from others, and tells nothing else about it. */
  byte[] fingerprint() {
    return fingerprint.clone();
  }

  String fingerprintText() {
    return HexFormat.of().formatHex(fingerprint);
  }

  boolean hasFingerprint(byte[] other) {
    return Arrays.equals(fingerprint, other);
  }

  SecretKeySpec dataKey(byte[] salt) {
    return new SecretKeySpec(mac(DATA_KEY, salt), "AES");
  }

  /** Authenticates the content of a {@link KeyList}. */
  byte[] macOfList(byte[] content) {
    return mac(LIST, content);
  }

  private byte[] mac(String label, byte[] input) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      mac.update(label.getBytes(StandardCharsets.US_ASCII));
      mac.update((byte) 0);
      return mac.doFinal(input);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HmacSHA256", e);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof MasterKey key
        && id.equals(key.id)
        && MessageDigest.isEqual(secret, key.secret);
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return id;
  }
}
