package io.kvorum.tls;

import io.kvorum.support.Reason;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CRL;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The content of a listener's files, as it was read at one time, and what it amounts to. Immutable;
 * two with the same content are equal.
 *
 * <p>Every failure is an {@link IOException} whose message names the file.
 *
 * <p>Held by: TlsPortTest, ServerTlsTest.
 */
final class TlsMaterial {
  /** Browsers and curl, which speak both, are to get JSON; clients of gRPC offer h2 alone. */
  private static final ApplicationProtocolConfig ALPN =
      new ApplicationProtocolConfig(
          ApplicationProtocolConfig.Protocol.ALPN,
          ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
          ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
          "http/1.1",
          "h2");

  /**
   * How long a session may be resumed, during which the client's certificate is not verified again:
   * it may expire meanwhile.
   */
  static final long SESSION_SECONDS = 600;

  private static final byte[] CHALLENGE = {1, 2, 3};

  private final TlsFiles files;
  private final byte[] certificate;
  private final byte[] key;
  private final byte @Nullable [] authorities;
  private final byte @Nullable [] revoked;

  private TlsMaterial(
      TlsFiles files,
      byte[] certificate,
      byte[] key,
      byte @Nullable [] authorities,
      byte @Nullable [] revoked) {
    this.files = files;
    this.certificate = certificate;
    this.key = key;
    this.authorities = authorities;
    this.revoked = revoked;
  }

  static TlsMaterial read(TlsFiles files) throws IOException {
    return new TlsMaterial(
        files,
        content(files.certificate()),
        content(files.key()),
        files.authorities().isEmpty() ? null : content(files.authorities()),
        files.revoked().isEmpty() ? null : content(files.revoked()));
  }

  private static byte[] content(String file) throws IOException {
    try {
      return Files.readAllBytes(Path.of(file));
    } catch (IOException unreadable) {
      throw new IOException(file + ": " + Reason.of(unreadable), unreadable);
    }
  }

  /** What secures the connections of a server with it. */
  SslContext serverContext(TlsProfile profile) throws IOException {
    X509Certificate[] chain = certificates(files.certificate(), certificate);
    PrivateKey own = privateKey();
    checkPair(own, chain[0].getPublicKey());
    try {
      SslContextBuilder builder =
          SslContextBuilder.forServer(own, chain)
              .sslProvider(NativeTls.providerFor(profile))
              .protocols(profile.protocols())
              .ciphers(profile.suites(), SupportedCipherSuiteFilter.INSTANCE)
              .sessionTimeout(SESSION_SECONDS)
              .applicationProtocolConfig(ALPN);
      if (files.demandsCertificate()) {
        builder.clientAuth(ClientAuth.REQUIRE).trustManager(trust());
      }
      return builder.build();
    } catch (GeneralSecurityException | IllegalArgumentException unusable) {
      throw unusable(files.certificate(), unusable);
    }
  }

  private static X509Certificate[] certificates(String file, byte[] content) throws IOException {
    try {
      X509Certificate[] certificates = PemFiles.certificates(content);
      if (certificates.length == 0) {
        throw new IOException(file + ": it has no certificate in PEM");
      }
      return certificates;
    } catch (GeneralSecurityException malformed) {
      throw new IOException(file + ": it has no certificate in PEM", malformed);
    }
  }

  private PrivateKey privateKey() throws IOException {
    try {
      return PemFiles.privateKey(files.key(), key);
    } catch (GeneralSecurityException | IllegalArgumentException malformed) {
      throw new IOException(Reason.of(malformed), malformed);
    }
  }

  private void checkPair(PrivateKey own, PublicKey certified) throws IOException {
    boolean fits = own.getAlgorithm().equals(certified.getAlgorithm());
    try {
      fits = fits && verifies(own, certified);
    } catch (GeneralSecurityException unlike) {
      fits = false;
    }
    if (!fits) {
      throw new IOException(
          files.key()
              + ": the private key does not match the certificate in "
              + files.certificate());
    }
  }

  private static boolean verifies(PrivateKey own, PublicKey certified)
      throws GeneralSecurityException {
    String algorithm =
        switch (own.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> "EdDSA";
        };
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(own);
    signature.update(CHALLENGE);
    byte[] signed = signature.sign();
    signature.initVerify(certified);
    signature.update(CHALLENGE);
    return signature.verify(signed);
  }

  private ClientTrust trust() throws GeneralSecurityException, IOException {
    KeyStore store = null;
    if (authorities != null) {
      store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (X509Certificate each : certificates(files.authorities(), authorities)) {
        store.setCertificateEntry("authority-" + store.size(), each);
      }
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    for (TrustManager each : factory.getTrustManagers()) {
      if (each instanceof X509ExtendedTrustManager certificates) {
        return new ClientTrust(certificates, revokedSerials(), files.allowedHosts());
      }
    }
    throw new GeneralSecurityException("the JDK verifies no certificates");
  }

  private Set<BigInteger> revokedSerials() throws IOException {
    if (revoked == null) {
      return Set.of();
    }
    try {
      CRL list =
          CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(revoked));
      Set<? extends X509CRLEntry> entries = ((X509CRL) list).getRevokedCertificates();
      return entries == null
          ? Set.of()
          : entries.stream().map(X509CRLEntry::getSerialNumber).collect(Collectors.toSet());
    } catch (GeneralSecurityException malformed) {
      throw new IOException(
          files.revoked() + ": it is not a list of revoked certificates", malformed);
    }
  }

  private static IOException unusable(String file, Exception reason) {
    return new IOException(file + ": " + Reason.of(reason), reason);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TlsMaterial that
        && files.equals(that.files)
        && Arrays.equals(certificate, that.certificate)
        && Arrays.equals(key, that.key)
        && Arrays.equals(authorities, that.authorities)
        && Arrays.equals(revoked, that.revoked);
  }

  @Override
  public int hashCode() {
    return Objects.hash(files, Arrays.hashCode(certificate));
  }
}
