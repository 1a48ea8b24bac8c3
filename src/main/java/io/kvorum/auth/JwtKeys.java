package io.kvorum.auth;

import io.jsonwebtoken.JwtException;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.SecureDigestAlgorithm;
import io.kvorum.tls.PemFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.RSAPublicKeySpec;
import java.time.Clock;
import java.time.Duration;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The keys of JSON Web Tokens, which are read once. Immutable.
 *
 * <p>Held by: JwtTokensTest.
 *
 * @param algorithm what all tokens are signed with; others do not count
 * @param verifying a public key, or the secret
 * @param signing a private key, or the secret; null on a member that only verifies
 */
public record JwtKeys(SecureDigestAlgorithm<?, ?> algorithm, Key verifying, @Nullable Key signing) {
  /**
   * Reads the keys, and tries them.
   *
   * @param method such as RS256, EdDSA or HS256
   * @param privateFile in PEM; the secret itself for HS256 and its like; empty for none
   * @param publicFile in PEM; empty for none
   * @throws IllegalArgumentException if no tokens can be made or verified with them
   */
  public static JwtKeys read(String method, String privateFile, String publicFile) {
    SecureDigestAlgorithm<?, ?> algorithm = Jwts.SIG.get().forKey(method);
    try {
      JwtKeys keys =
          method.startsWith("HS")
              ? secret(algorithm, privateFile)
              : pair(algorithm, privateFile, publicFile);
      keys.test(method);
      return keys;
    } catch (IOException | InvalidPathException unreadable) {
      throw new IllegalArgumentException(
          "a key of --auth-token cannot be read: " + unreadable.getMessage(), unreadable);
    } catch (GeneralSecurityException unusable) {
      throw new IllegalArgumentException(
          "a key of --auth-token cannot be used: " + unusable.getMessage(), unusable);
    }
  }

  private static JwtKeys secret(SecureDigestAlgorithm<?, ?> algorithm, String file)
      throws IOException {
    if (file.isEmpty()) {
      throw new IllegalArgumentException(
          "--auth-token jwt,sign-method="
              + algorithm.getId()
              + " needs a file with a secret: add priv-key=<file>");
    }
    byte[] bytes = Files.readAllBytes(Path.of(file));
    if (bytes.length == 0) {
      throw new IllegalArgumentException(file + " has no secret: it is empty");
    }
    Key secret = new SecretKeySpec(bytes, "HmacSHA" + algorithm.getId().substring(2));
    return new JwtKeys(algorithm, secret, secret);
  }

  private static JwtKeys pair(
      SecureDigestAlgorithm<?, ?> algorithm, String privateFile, String publicFile)
      throws IOException, GeneralSecurityException {
    PrivateKey signing = privateFile.isEmpty() ? null : PemFiles.privateKey(privateFile);
    if (!publicFile.isEmpty()) {
      return new JwtKeys(algorithm, PemFiles.publicKey(publicFile), signing);
    }
    if (signing == null) {
      throw new IllegalArgumentException(
          "--auth-token jwt,sign-method="
              + algorithm.getId()
              + " needs a key: add pub-key=<file>, and priv-key=<file> to sign tokens");
    }
    if (!(signing instanceof RSAPrivateCrtKey rsa)) {
      throw new IllegalArgumentException(
          privateFile
              + " does not have the public key: add pub-key=<file>, which"
              + " \"openssl pkey -pubout\" makes of it");
    }
    PublicKey verifying =
        KeyFactory.getInstance("RSA")
            .generatePublic(new RSAPublicKeySpec(rsa.getModulus(), rsa.getPublicExponent()));
    return new JwtKeys(algorithm, verifying, signing);
  }

  /** With keys that do not fit, every login would fail later. */
  private void test(String method) {
    JwtTokens tokens;
    String token;
    try {
      tokens = new JwtTokens(this, Duration.ofMinutes(1), Clock.systemUTC());
      token = signing == null ? null : tokens.sign("a test", AuthState.FIRST_REVISION);
    } catch (JwtException | IllegalArgumentException unusable) {
      throw new IllegalArgumentException(
          "the key of --auth-token cannot sign or verify by " + method + ": " + reason(unusable),
          unusable);
    }
    if (token != null && tokens.find(token) == null) {
      throw new IllegalArgumentException(
          "priv-key and pub-key of --auth-token do not belong together");
    }
  }

  private static String reason(RuntimeException failure) {
    String message = String.valueOf(failure.getMessage());
    int end = message.indexOf(". ");
    return end < 0 ? message : message.substring(0, end);
  }

  /** Without the keys. */
  @Override
  public String toString() {
    return "JwtKeys[" + algorithm.getId() + (signing == null ? ", verifying only" : "") + "]";
  }
}
