package io.kvorum.tls;

import java.math.BigInteger;
import java.net.Socket;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Decides whose certificates are accepted, in both directions: an authority has signed it, it is
 * meant for that side, it is in force, it is an allowed one, it is valid for the other side's
 * place, and it has not been revoked. Each refusal is worded for the log. Thread-safe.
 *
 * <p>The place of a server is the host that was called; a client has one only where {@link
 * CallerAddress} looks. As in etcd, every certificate that the other side sends is looked up in the
 * list, by its serial number alone: the list need not be signed by the same authority, nor be in
 * force.
 *
 * <p>Held by: TlsPortTest, ServerTlsTest, PeerTlsTest.
 */
final class CertificateTrust extends X509ExtendedTrustManager {
  private static final String CLIENT = "the client's certificate";
  private static final String SERVER = "the server's certificate";

  private final X509ExtendedTrustManager authorities;
  private final AllowedCertificates allowed;
  private final @Nullable CallerAddress callers;
  private final Set<BigInteger> revoked;

  /**
   * @param authorities decides whether it is signed by one
   * @param callers null if clients may call from everywhere; otherwise the engine of a connection
   *     must know the client's address, and its tasks may block
   * @param revoked the serial numbers
   */
  CertificateTrust(
      X509ExtendedTrustManager authorities,
      AllowedCertificates allowed,
      @Nullable CallerAddress callers,
      Set<BigInteger> revoked) {
    this.authorities = authorities;
    this.allowed = allowed;
    this.callers = callers;
    this.revoked = revoked;
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    try {
      authorities.checkClientTrusted(chain, type, engine);
    } catch (CertificateException refused) {
      throw worded(CLIENT, chain[0], refused);
    }
    allowed.check(chain[0], CLIENT);
    if (callers != null) {
      callers.check(chain[0], String.valueOf(engine.getPeerHost()));
    }
    checkRevoked(CLIENT, chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    try {
      authorities.checkServerTrusted(chain, type, engine);
    } catch (CertificateException refused) {
      throw worded(SERVER, chain[0], refused);
    }
    checkHost(chain[0], String.valueOf(engine.getPeerHost()));
    allowed.check(chain[0], SERVER);
    checkRevoked(SERVER, chain);
  }

  /** By the alternative names alone: the JDK's own check falls back to the common name. */
  private static void checkHost(X509Certificate own, String host) throws CertificateException {
    if (!CertificateHosts.cover(own, host)) {
      List<String> places =
          Stream.concat(
                  CertificateHosts.namesOf(own).stream(),
                  CertificateHosts.addressesOf(own).stream())
              .toList();
      throw new CertificateException(
          places.isEmpty()
              ? SERVER + " names no host, and must be valid for " + host
              : SERVER + " is valid for " + String.join(", ", places) + ", not for " + host);
    }
  }

  private static CertificateException worded(
      String whose, X509Certificate own, CertificateException refused) {
    try {
      own.checkValidity();
    } catch (CertificateExpiredException expired) {
      return new CertificateException(whose + " has expired", refused);
    } catch (CertificateNotYetValidException early) {
      return new CertificateException(whose + " is not valid yet", refused);
    }
    Throwable root = refused;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return new CertificateException(
        root instanceof CertPathBuilderException
            ? whose + " is signed by an unknown authority"
            : whose + " is not acceptable: " + root.getMessage(),
        refused);
  }

  private void checkRevoked(String whose, X509Certificate[] chain) throws CertificateException {
    for (X509Certificate each : chain) {
      if (revoked.contains(each.getSerialNumber())) {
        throw new CertificateException(
            whose + " is revoked: serial number " + each.getSerialNumber().toString(16));
      }
    }
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return authorities.getAcceptedIssuers();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
    throw withoutEngine();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) {
    throw withoutEngine();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
    throw withoutEngine();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) {
    throw withoutEngine();
  }

  private static UnsupportedOperationException withoutEngine() {
    return new UnsupportedOperationException("connections have engines");
  }
}
