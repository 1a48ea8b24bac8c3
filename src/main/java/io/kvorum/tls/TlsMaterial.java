package io.kvorum.tls;

import io.kvorum.support.Reason;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
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
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The content of the files of one side, as it was read at one time, and what it amounts to: this is
 * where each {@code SslContext} of a member is made. Immutable; two with the same content are
 * equal.
 *
 * <p>Every failure is an {@link IOException} whose message names the file.
 *
 * <p>Held by: TlsPortTest, ServerTlsTest, PeerTlsTest.
 */
final class TlsMaterial {
  /** For clients that offer both, as browsers and curl do; those of gRPC offer h2 alone. */
  private static final ApplicationProtocolConfig HTTP1_FIRST = alpn("http/1.1", "h2");

  private static final ApplicationProtocolConfig HTTP2_FIRST = alpn("h2", "http/1.1");

  private static final ApplicationProtocolConfig OF_PEERS = alpn("h2");

  /**
   * How long a session may be resumed, during which the client's certificate is not verified again:
   * it may expire meanwhile.
   */
  static final long SESSION_SECONDS = 600;

  private static final byte[] CHALLENGE = {1, 2, 3};

  /** A certificate with its key, as they were read. */
  private record Pair(TlsPair files, byte[] certificate, byte[] key) {
    static @Nullable Pair read(TlsPair files) throws IOException {
      return files.isAbsent()
          ? null
          : new Pair(files, content(files.certificate()), content(files.key()));
    }

    static boolean isSame(@Nullable Pair one, @Nullable Pair other) {
      return one == null || other == null
          ? one == other
          : Arrays.equals(one.certificate, other.certificate) && Arrays.equals(one.key, other.key);
    }
  }

  private final TlsFiles files;
  private final @Nullable Pair own;
  private final @Nullable Pair presented;
  private final byte @Nullable [] authorities;
  private final byte @Nullable [] revoked;

  private TlsMaterial(
      TlsFiles files,
      @Nullable Pair own,
      @Nullable Pair presented,
      byte @Nullable [] authorities,
      byte @Nullable [] revoked) {
    this.files = files;
    this.own = own;
    this.presented = presented;
    this.authorities = authorities;
    this.revoked = revoked;
  }

  static TlsMaterial read(TlsFiles files) throws IOException {
    Pair own = Pair.read(files.own());
    return new TlsMaterial(
        files,
        own,
        files.calls().isAbsent() ? own : Pair.read(files.calls()),
        files.authorities().isEmpty() ? null : content(files.authorities()),
        files.revoked().isEmpty() ? null : content(files.revoked()));
  }

  private static ApplicationProtocolConfig alpn(String... protocols) {
    return new ApplicationProtocolConfig(
        ApplicationProtocolConfig.Protocol.ALPN,
        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
        protocols);
  }

  private static byte[] content(String file) throws IOException {
    try {
      return Files.readAllBytes(Path.of(file));
    } catch (IOException unreadable) {
      throw new IOException(file + ": " + Reason.of(unreadable), unreadable);
    }
  }

  /**
   * What secures the connections of clients, who may call from everywhere.
   *
   * @param prefersHttp2 what a client gets that offers HTTP/1.1, too
   */
  SslContext clientPort(TlsProfile profile, boolean prefersHttp2) throws IOException {
    return build(
        listener(null).sslProvider(NativeTls.providerFor(profile, files.demandsCertificate())),
        profile,
        prefersHttp2 ? HTTP2_FIRST : HTTP1_FIRST);
  }

  /**
   * What secures the connections of members that call.
   *
   * <p>Between members the JDK encrypts: BoringSSL knows no signatures of P-521, which the
   * certificates of their own making have, and handshakes are few here.
   *
   * @param callers decides whether members call from where they should; null if that is any place
   */
  SslContext peerPort(TlsProfile profile, @Nullable CallerAddress callers) throws IOException {
    return build(listener(callers).sslProvider(SslProvider.JDK), profile, OF_PEERS);
  }

  /** Of a listener, which must have a certificate. */
  private SslContextBuilder listener(@Nullable CallerAddress callers) throws IOException {
    Pair listener = Objects.requireNonNull(own, "a listener has a certificate");
    try {
      SslContextBuilder builder =
          SslContextBuilder.forServer(privateKey(listener), chain(listener))
              .sessionTimeout(SESSION_SECONDS);
      return files.demandsCertificate()
          ? builder.clientAuth(ClientAuth.REQUIRE).trustManager(trust(callers))
          : builder;
    } catch (GeneralSecurityException | IllegalArgumentException unusable) {
      throw unusable(listener.files.certificate(), unusable);
    }
  }

  /**
   * What secures the connections that this member opens to others.
   *
   * @param verifies whether the other side must be the one that was called; otherwise it is
   *     anybody, and the connection is encrypted
   */
  SslContext calls(TlsProfile profile, boolean verifies) throws IOException {
    SslContextBuilder builder = SslContextBuilder.forClient().sslProvider(SslProvider.JDK);
    try {
      if (presented != null) {
        builder.keyManager(new OfferedKey(privateKey(presented), chain(presented)));
      }
      if (verifies) {
        builder.trustManager(trust(null));
      } else {
        builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
      }
    } catch (GeneralSecurityException | IllegalArgumentException unusable) {
      throw unusable(files.name(), unusable);
    }
    return build(builder, profile, OF_PEERS);
  }

  private SslContext build(
      SslContextBuilder builder, TlsProfile profile, ApplicationProtocolConfig alpn)
      throws IOException {
    try {
      return builder
          .protocols(profile.protocols())
          .ciphers(profile.suites(), SupportedCipherSuiteFilter.INSTANCE)
          .applicationProtocolConfig(alpn)
          .build();
    } catch (SSLException | IllegalArgumentException unusable) {
      throw unusable(files.name(), unusable);
    }
  }

  /** The certificates of a pair, which belong to its key. */
  private static X509Certificate[] chain(Pair pair) throws IOException {
    X509Certificate[] chain = certificates(pair.files.certificate(), pair.certificate);
    checkPair(pair, privateKey(pair), chain[0].getPublicKey());
    return chain;
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

  private static PrivateKey privateKey(Pair pair) throws IOException {
    try {
      return PemFiles.privateKey(pair.files.key(), pair.key);
    } catch (GeneralSecurityException | IllegalArgumentException malformed) {
      throw new IOException(Reason.of(malformed), malformed);
    }
  }

  private static void checkPair(Pair pair, PrivateKey own, PublicKey certified) throws IOException {
    boolean fits = own.getAlgorithm().equals(certified.getAlgorithm());
    try {
      fits = fits && verifies(own, certified);
    } catch (GeneralSecurityException unlike) {
      fits = false;
    }
    if (!fits) {
      throw new IOException(
          pair.files.key()
              + ": the private key does not match the certificate in "
              + pair.files.certificate());
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

  private CertificateTrust trust(@Nullable CallerAddress callers)
      throws GeneralSecurityException, IOException {
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
        return new CertificateTrust(certificates, files.allowed(), callers, revokedSerials());
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
        && Pair.isSame(own, that.own)
        && Pair.isSame(presented, that.presented)
        && Arrays.equals(authorities, that.authorities)
        && Arrays.equals(revoked, that.revoked);
  }

  @Override
  public int hashCode() {
    return Objects.hash(files, Arrays.hashCode(authorities));
  }
}
