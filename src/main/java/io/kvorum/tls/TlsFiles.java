package io.kvorum.tls;

import java.util.List;

/**
 * Names the files of a listener in PEM, and what they are for. Immutable.
 *
 * <p>Held by: ServerTlsTest.
 *
 * @param certificate the listener's own, with those between it and its authority
 * @param key of that certificate
 * @param authorities whose client certificates are accepted; empty for those of the JDK
 * @param demandsCertificate whether a client must have one
 * @param revoked the list of those that are accepted no more, in PEM or DER; empty if there is none
 * @param allowedHosts of which a client's certificate must be valid for one; empty for any
 */
public record TlsFiles(
    String certificate,
    String key,
    String authorities,
    boolean demandsCertificate,
    String revoked,
    List<String> allowedHosts) {
  public TlsFiles {
    allowedHosts = List.copyOf(allowedHosts);
  }

  /** A listener that serves every client. */
  public static TlsFiles of(String certificate, String key) {
    return new TlsFiles(certificate, key, "", false, "", List.of());
  }

  /** The same with another certificate and its key. */
  public TlsFiles withPair(String otherCertificate, String otherKey) {
    return new TlsFiles(
        otherCertificate, otherKey, authorities, demandsCertificate, revoked, allowedHosts);
  }
}
