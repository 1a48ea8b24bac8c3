package io.kvorum.tls;

import io.kvorum.support.DurableFiles;
import io.kvorum.support.Log;
import io.kvorum.support.Reason;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;

/**
 * Makes a certificate that its own key has signed: it encrypts, and says nothing about whom one
 * talks to. The files are kept, and made again when the certificate has expired. Stateless.
 *
 * <p>Held by: CertificateDraftTest.
 */
public final class SelfSigned {
  private static final CertificateDraft.Name NAME = new CertificateDraft.Name("etcd", "");
  private static final Duration YEAR = Duration.ofDays(365);
  private static final int SERIAL_BITS = 127;
  private static final Log LOG = Log.of(SelfSigned.class);

  private SelfSigned() {}

  /** Where they are in that directory. */
  public static TlsPair in(Path directory) {
    return new TlsPair(
        directory.resolve("cert.pem").toString(), directory.resolve("key.pem").toString());
  }

  /**
   * Makes the files, unless there are some that can be used.
   *
   * @param hosts the names and addresses that the certificate is valid for
   * @param years of 365 days for which it is valid
   */
  public static void make(Path directory, List<String> hosts, int years, Clock clock)
      throws IOException {
    TlsPair files = in(directory);
    if (isUsable(files, clock.instant())) {
      return;
    }
    DurableFiles.createDirectories(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    try {
      KeyPairGenerator keys = KeyPairGenerator.getInstance("EC");
      keys.initialize(new ECGenParameterSpec("secp521r1"));
      KeyPair pair = keys.generateKeyPair();
      Instant now = clock.instant();
      X509Certificate certificate =
          new CertificateDraft(
                  NAME,
                  new BigInteger(SERIAL_BITS, new SecureRandom()),
                  now,
                  now.plus(YEAR.multipliedBy(years)),
                  true,
                  List.of(CertificateDraft.Usage.SERVER),
                  hosts)
              .sign(pair.getPublic(), NAME, pair.getPrivate());
      Path key = Path.of(files.key());
      Files.deleteIfExists(key);
      Files.createFile(
          key, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(key, pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
      // Last, and as a whole: a certificate that is there has its key.
      DurableFiles.replace(
          Path.of(files.certificate()),
          pem("CERTIFICATE", certificate.getEncoded()).getBytes(StandardCharsets.US_ASCII));
      LOG.info(
          "made a certificate for {}, valid until {}",
          hosts,
          certificate.getNotAfter().toInstant());
    } catch (GeneralSecurityException impossible) {
      throw new IOException("cannot make a certificate: " + Reason.of(impossible), impossible);
    }
  }

  private static boolean isUsable(TlsPair files, Instant now) throws IOException {
    if (!Files.exists(Path.of(files.certificate())) || !Files.exists(Path.of(files.key()))) {
      return false;
    }
    try {
      X509Certificate[] made = PemFiles.certificates(files.certificate());
      if (made.length > 0) {
        made[0].checkValidity(Date.from(now));
      }
      return true;
    } catch (CertificateExpiredException | CertificateNotYetValidException notInForce) {
      return false;
    } catch (GeneralSecurityException malformed) {
      throw new IOException(files.certificate() + ": it has no certificate in PEM", malformed);
    }
  }

  static String pem(String kind, byte[] content) {
    String body =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(content);
    return "-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n";
  }
}
