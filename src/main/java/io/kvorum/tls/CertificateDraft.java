package io.kvorum.tls;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A certificate before it is signed, which the JDK has no public class for. Immutable.
 *
 * @param subject whose certificate it is
 * @param serial unique among those of its issuer
 * @param isAuthority whether it may sign others
 * @param usages what the key is for, besides that
 * @param hosts names and addresses that it is valid for
 */
record CertificateDraft(
    Name subject,
    BigInteger serial,
    Instant notBefore,
    Instant notAfter,
    boolean isAuthority,
    List<Usage> usages,
    List<String> hosts) {
  /** How it is signed: with the elliptic curves of this package. */
  private static final String ALGORITHM = "SHA512withECDSA";

  private static final byte[] ALGORITHM_ID = Der.sequence(Der.oid("1.2.840.10045.4.3.4"));

  /** digitalSignature, keyEncipherment, keyCertSign and cRLSign: bits 0, 2, 5 and 6. */
  private static final byte[] KEY_USAGE = {1, (byte) 0xa6};

  private static final int DNS_NAME = 0x82;
  private static final int IP_ADDRESS = 0x87;

  /** No name of a host looks like this: resolving it asks nobody. */
  private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|.*:.*");

  CertificateDraft {
    usages = List.copyOf(usages);
    hosts = List.copyOf(hosts);
  }

  /** What a key may be used for in TLS (RFC 5280, 4.2.1.12). */
  enum Usage {
    SERVER("1.3.6.1.5.5.7.3.1"),
    CLIENT("1.3.6.1.5.5.7.3.2");

    private final String oid;

    Usage(String oid) {
      this.oid = oid;
    }
  }

  /** The part of a distinguished name that matters here; either may be empty. */
  record Name(String organization, String commonName) {
    byte[] encoded() {
      List<byte[]> parts = new ArrayList<>();
      if (!organization.isEmpty()) {
        parts.add(attribute("2.5.4.10", organization));
      }
      if (!commonName.isEmpty()) {
        parts.add(attribute("2.5.4.3", commonName));
      }
      return Der.sequence(parts.toArray(new byte[0][]));
    }

    private static byte[] attribute(String oid, String value) {
      return Der.set(Der.sequence(Der.oid(oid), Der.text(value)));
    }
  }

  /**
   * Signs it.
   *
   * @param key the subject's
   * @param issuer who signs
   * @param issuerKey of an elliptic curve
   */
  X509Certificate sign(PublicKey key, Name issuer, PrivateKey issuerKey)
      throws GeneralSecurityException {
    byte[] body =
        Der.sequence(
            Der.tagged(0, Der.integer(2)), // version 3
            Der.integer(serial),
            ALGORITHM_ID,
            issuer.encoded(),
            Der.sequence(Der.time(notBefore), Der.time(notAfter)),
            subject.encoded(),
            key.getEncoded(),
            Der.tagged(3, Der.sequence(extensions())));
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(signed(body, issuerKey)));
  }

  /** The body of a certificate, or of a list of revoked ones, with its signature. */
  static byte[] signed(byte[] body, PrivateKey issuerKey) throws GeneralSecurityException {
    Signature signature = Signature.getInstance(ALGORITHM);
    signature.initSign(issuerKey);
    signature.update(body);
    return Der.sequence(body, ALGORITHM_ID, Der.bits(signature.sign()));
  }

  private byte[][] extensions() {
    List<byte[]> extensions = new ArrayList<>();
    if (isAuthority) {
      extensions.add(extension("2.5.29.19", true, Der.sequence(Der.isTrue())));
      extensions.add(extension("2.5.29.15", true, Der.element(Der.BIT_STRING, KEY_USAGE)));
    }
    if (!usages.isEmpty()) {
      byte[][] oids = usages.stream().map(usage -> Der.oid(usage.oid)).toArray(byte[][]::new);
      extensions.add(extension("2.5.29.37", false, Der.sequence(oids)));
    }
    if (!hosts.isEmpty()) {
      byte[][] names = hosts.stream().map(CertificateDraft::host).toArray(byte[][]::new);
      // With an empty subject they are all there is (RFC 5280, 4.2.1.6).
      boolean isCritical = subject.equals(new Name("", ""));
      extensions.add(extension("2.5.29.17", isCritical, Der.sequence(names)));
    }
    return extensions.toArray(new byte[0][]);
  }

  private static byte[] extension(String oid, boolean isCritical, byte[] value) {
    byte[] content = Der.element(Der.OCTET_STRING, value);
    return isCritical
        ? Der.sequence(Der.oid(oid), Der.isTrue(), content)
        : Der.sequence(Der.oid(oid), content);
  }

  private static byte[] host(String host) {
    try {
      return ADDRESS.matcher(host).matches()
          ? Der.element(IP_ADDRESS, InetAddress.getByName(host).getAddress())
          : Der.element(DNS_NAME, host.getBytes(StandardCharsets.US_ASCII));
    } catch (UnknownHostException impossible) {
      throw new IllegalArgumentException(host + " is not an address", impossible);
    }
  }
}
