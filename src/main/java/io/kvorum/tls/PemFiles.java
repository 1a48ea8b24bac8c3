package io.kvorum.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Reads certificates and private keys in the forms that tools around etcd write: keys as PKCS #8,
 * or as PKCS #1 (RSA) and SEC 1 (EC), which the JDK reads only inside of PKCS #8. Stateless.
 */
public final class PemFiles {
  private static final Pattern CERTIFICATE =
      Pattern.compile("-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\\s]+-----END CERTIFICATE-----");

  private static final Pattern KEY =
      Pattern.compile(
          "-----BEGIN ((?:RSA |EC )?PRIVATE KEY)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----");

  private static final Pattern PUBLIC_KEY =
      Pattern.compile("-----BEGIN ((?:RSA )?PUBLIC KEY)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----");

  /** AlgorithmIdentifier: rsaEncryption, NULL. */
  private static final byte[] RSA = hex("300d06092a864886f70d0101010500");

  /** The OID id-ecPublicKey. */
  private static final byte[] EC_PUBLIC_KEY = hex("06072a8648ce3d0201");

  private static final byte[] VERSION_0 = hex("020100");

  private static final int EC_PARAMETERS = 0xa0;

  private PemFiles() {}

  /** All certificates of a file, its owner's first. */
  public static X509Certificate[] certificates(String file)
      throws IOException, GeneralSecurityException {
    return certificates(Files.readAllBytes(Path.of(file)));
  }

  /** All certificates of a file with that content; other things may stand between them. */
  static X509Certificate[] certificates(byte[] content) throws GeneralSecurityException {
    String blocks =
        CERTIFICATE
            .matcher(new String(content, StandardCharsets.ISO_8859_1))
            .results()
            .map(MatchResult::group)
            .collect(Collectors.joining("\n"));
    return CertificateFactory.getInstance("X.509")
        .generateCertificates(
            new ByteArrayInputStream(blocks.getBytes(StandardCharsets.ISO_8859_1)))
        .toArray(new X509Certificate[0]);
  }

  /** The first private key of a file. */
  public static PrivateKey privateKey(String file) throws IOException, GeneralSecurityException {
    return privateKey(file, Files.readAllBytes(Path.of(file)));
  }

  /** The first private key of a file with that content. */
  static PrivateKey privateKey(String file, byte[] content) throws GeneralSecurityException {
    Matcher key = KEY.matcher(new String(content, StandardCharsets.ISO_8859_1));
    if (!key.find()) {
      throw new InvalidKeySpecException(file + " has no private key in PEM that is not encrypted");
    }
    byte[] der = Base64.getMimeDecoder().decode(key.group(2));
    byte[] pkcs8 =
        switch (key.group(1)) {
          case "RSA PRIVATE KEY" -> wrap(RSA, der);
          case "EC PRIVATE KEY" -> wrap(ecAlgorithm(der), der);
          default -> der;
        };
    for (String algorithm : List.of("RSA", "EC", "Ed25519")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      } catch (InvalidKeySpecException ofAnotherKind) {
        // The next one may be it.
      }
    }
    throw new InvalidKeySpecException(file + " has a private key of an unknown kind");
  }

  /** The public key of a file, or that of its first certificate. */
  public static PublicKey publicKey(String file) throws IOException, GeneralSecurityException {
    byte[] content = Files.readAllBytes(Path.of(file));
    Matcher key = PUBLIC_KEY.matcher(new String(content, StandardCharsets.ISO_8859_1));
    if (!key.find()) {
      X509Certificate[] certificates = certificates(content);
      if (certificates.length == 0) {
        throw new InvalidKeySpecException(file + " has no public key in PEM");
      }
      return certificates[0].getPublicKey();
    }
    byte[] der = Base64.getMimeDecoder().decode(key.group(2));
    byte[] spki = key.group(1).startsWith("RSA") ? Der.sequence(RSA, Der.bits(der)) : der;
    for (String algorithm : List.of("RSA", "EC", "Ed25519")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(spki));
      } catch (InvalidKeySpecException ofAnotherKind) {
        // The next one may be it.
      }
    }
    throw new InvalidKeySpecException(file + " has a public key of an unknown kind");
  }

  private static byte[] wrap(byte[] algorithm, byte[] key) {
    return Der.sequence(VERSION_0, algorithm, Der.element(Der.OCTET_STRING, key));
  }

  /** The curve stands in the key itself: ECPrivateKey's element [0]. */
  private static byte[] ecAlgorithm(byte[] key) throws InvalidKeySpecException {
    int at = contentOf(key, 0);
    at = afterElement(key, at); // version
    at = afterElement(key, at); // the key
    if (at >= key.length || (key[at] & 0xff) != EC_PARAMETERS) {
      throw new InvalidKeySpecException("the EC key does not name its curve");
    }
    int from = contentOf(key, at);
    byte[] curve = Arrays.copyOfRange(key, from, afterElement(key, at));
    return Der.sequence(EC_PUBLIC_KEY, curve);
  }

  /** Where the content of the element at that place begins. */
  private static int contentOf(byte[] der, int at) throws InvalidKeySpecException {
    int first = byteAt(der, at + 1);
    return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
  }

  private static int afterElement(byte[] der, int at) throws InvalidKeySpecException {
    int content = contentOf(der, at);
    int length = byteAt(der, at + 1);
    if (length >= 0x80) {
      length = 0;
      for (int i = at + 2; i < content; i++) {
        length = length << 8 | byteAt(der, i);
      }
    }
    if (length < 0 || length > der.length - content) {
      throw new InvalidKeySpecException("the key is not whole");
    }
    return content + length;
  }

  private static int byteAt(byte[] der, int at) throws InvalidKeySpecException {
    if (at >= der.length) {
      throw new InvalidKeySpecException("the key is not whole");
    }
    return der[at] & 0xff;
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }
}
