package io.kvorum.tls;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Makes certificates for a test, and lists of those that are revoked. Thread-safe. */
public final class TestAuthority {
  private static final AtomicLong SERIALS = new AtomicLong(1000);

  private final CertificateDraft.Name name;
  private final KeyPair keys = keys();
  private final X509Certificate own;

  /** A certificate with its key. */
  public record Identity(X509Certificate certificate, KeyPair keys) {
    /** Writes both; returns the path of the certificate, beside which is that of the key. */
    public Path write(Path directory, String as) throws IOException {
      Path certificate = directory.resolve(as + ".pem");
      try {
        Files.writeString(
            certificate, SelfSigned.pem("CERTIFICATE", this.certificate.getEncoded()));
      } catch (GeneralSecurityException impossible) {
        throw new IllegalStateException(impossible);
      }
      Files.writeString(
          directory.resolve(as + ".key"),
          SelfSigned.pem("PRIVATE KEY", keys.getPrivate().getEncoded()));
      return certificate;
    }
  }

  public TestAuthority(String commonName) throws GeneralSecurityException {
    name = new CertificateDraft.Name("", commonName);
    own =
        draft(name, true, List.of(), List.of(), Instant.now(), Duration.ofDays(2))
            .sign(keys.getPublic(), name, keys.getPrivate());
  }

  private static KeyPair keys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static CertificateDraft draft(
      CertificateDraft.Name subject,
      boolean isAuthority,
      List<CertificateDraft.Usage> usages,
      List<String> hosts,
      Instant from,
      Duration validity) {
    return new CertificateDraft(
        subject,
        BigInteger.valueOf(SERIALS.incrementAndGet()),
        from.minusSeconds(60),
        from.plus(validity),
        isAuthority,
        usages,
        hosts);
  }

  private Identity issue(
      String commonName, List<CertificateDraft.Usage> usages, Instant from, String... hosts)
      throws GeneralSecurityException {
    return issue(keys(), commonName, usages, from, hosts);
  }

  private Identity issue(
      KeyPair ofSubject,
      String commonName,
      List<CertificateDraft.Usage> usages,
      Instant from,
      String... hosts)
      throws GeneralSecurityException {
    return issue(ofSubject, new CertificateDraft.Name("", commonName), usages, from, hosts);
  }

  private Identity issue(
      KeyPair ofSubject,
      CertificateDraft.Name subject,
      List<CertificateDraft.Usage> usages,
      Instant from,
      String... hosts)
      throws GeneralSecurityException {
    X509Certificate certificate =
        draft(subject, false, usages, List.of(hosts), from, Duration.ofDays(1))
            .sign(ofSubject.getPublic(), name, keys.getPrivate());
    return new Identity(certificate, ofSubject);
  }

  public Identity server(String commonName) throws GeneralSecurityException {
    return issue(
        commonName,
        List.of(CertificateDraft.Usage.SERVER),
        Instant.now(),
        "127.0.0.1",
        "localhost");
  }

  public Identity client(String commonName, String... hosts) throws GeneralSecurityException {
    return issue(commonName, List.of(CertificateDraft.Usage.CLIENT), Instant.now(), hosts);
  }

  /** Of a client that no common name stands for. */
  public Identity clientWithoutName() throws GeneralSecurityException {
    return issue(
        keys(),
        new CertificateDraft.Name("an organization", ""),
        List.of(CertificateDraft.Usage.CLIENT),
        Instant.now());
  }

  /** Of a client that has another key than usual. */
  public Identity client(KeyPair keys) throws GeneralSecurityException {
    return issue(keys, "c", List.of(CertificateDraft.Usage.CLIENT), Instant.now());
  }

  /** Of a member, which is client and server. */
  public Identity member(String commonName, String... hosts) throws GeneralSecurityException {
    return issue(
        commonName,
        List.of(CertificateDraft.Usage.SERVER, CertificateDraft.Usage.CLIENT),
        Instant.now(),
        hosts);
  }

  public Identity expiredClient() throws GeneralSecurityException {
    return issue(
        "late", List.of(CertificateDraft.Usage.CLIENT), Instant.now().minus(Duration.ofDays(9)));
  }

  public Identity futureClient() throws GeneralSecurityException {
    return issue(
        "early", List.of(CertificateDraft.Usage.CLIENT), Instant.now().plus(Duration.ofDays(9)));
  }

  public X509Certificate certificate() {
    return own;
  }

  /** Writes the authority's own certificate. */
  public Path write(Path directory, String as) throws IOException {
    return new Identity(own, keys).write(directory, as);
  }

  /** Writes a list of revoked certificates in DER. */
  public Path revoke(Path file, X509Certificate... revoked)
      throws IOException, GeneralSecurityException {
    byte[] now = Der.time(Instant.now());
    byte[][] entries =
        Arrays.stream(revoked)
            .map(each -> Der.sequence(Der.integer(each.getSerialNumber()), now))
            .toArray(byte[][]::new);
    byte[] algorithm = Der.sequence(Der.oid("1.2.840.10045.4.3.4"));
    byte[] next = Der.time(Instant.now().plus(Duration.ofDays(1)));
    byte[] body =
        entries.length == 0
            ? Der.sequence(Der.integer(1), algorithm, name.encoded(), now, next)
            : Der.sequence(
                Der.integer(1), algorithm, name.encoded(), now, next, Der.sequence(entries));
    Files.write(file, CertificateDraft.signed(body, keys.getPrivate()));
    return file;
  }
}
