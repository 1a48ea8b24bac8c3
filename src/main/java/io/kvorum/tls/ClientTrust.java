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
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Decides which clients are let in, by their certificates: an authority has signed it, it is meant
 * for clients, it is in force, it has not been revoked, and it is valid for an allowed host. Each
 * refusal is worded for the log. Immutable.
 *
 * <p>As in etcd, every certificate that a client sends is looked up in the list, by its serial
 * number alone: the list need not be signed by the same authority, nor be in force.
 *
 * <p>Held by: TlsPortTest, ServerTlsTest.
 */
final class ClientTrust extends X509ExtendedTrustManager {
  private final X509ExtendedTrustManager authorities;
  private final Set<BigInteger> revoked;
  private final List<String> allowedHosts;

  /**
   * @param authorities decides whether it is signed by one
   * @param revoked the serial numbers
   * @param allowedHosts empty for any
   */
  ClientTrust(
      X509ExtendedTrustManager authorities, Set<BigInteger> revoked, List<String> allowedHosts) {
    this.authorities = authorities;
    this.revoked = revoked;
    this.allowedHosts = allowedHosts;
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    try {
      authorities.checkClientTrusted(chain, type, engine);
    } catch (CertificateException refused) {
      throw worded(chain[0], refused);
    }
    checkRevoked(chain);
    checkHosts(chain[0]);
  }

  private static CertificateException worded(X509Certificate own, CertificateException refused) {
    try {
      own.checkValidity();
    } catch (CertificateExpiredException expired) {
      return refusal("has expired", refused);
    } catch (CertificateNotYetValidException early) {
      return refusal("is not valid yet", refused);
    }
    Throwable root = refused;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root instanceof CertPathBuilderException
        ? refusal("is signed by an unknown authority", refused)
        : refusal("is not acceptable: " + root.getMessage(), refused);
  }

  private static CertificateException refusal(String reason, CertificateException cause) {
    return new CertificateException("the client's certificate " + reason, cause);
  }

  private void checkRevoked(X509Certificate[] chain) throws CertificateException {
    for (X509Certificate each : chain) {
      if (revoked.contains(each.getSerialNumber())) {
        throw new CertificateException(
            "the client's certificate is revoked: serial number "
                + each.getSerialNumber().toString(16));
      }
    }
  }

  private void checkHosts(X509Certificate own) throws CertificateException {
    for (String host : allowedHosts) {
      if (CertificateHosts.cover(own, host)) {
        return;
      }
    }
    if (!allowedHosts.isEmpty()) {
      throw new CertificateException("the client's certificate is valid for no allowed host");
    }
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return authorities.getAcceptedIssuers();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
    throw new UnsupportedOperationException("connections have engines");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) {
    throw new UnsupportedOperationException("connections have engines");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
    throw new UnsupportedOperationException("this side is the server");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
    throw new UnsupportedOperationException("this side is the server");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) {
    throw new UnsupportedOperationException("this side is the server");
  }
}
