package io.kvorum.tls;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.naming.InvalidNameException;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import org.jspecify.annotations.Nullable;

/**
 * Says which certificates are accepted among those that an authority has signed. Immutable.
 *
 * <p>Held by: TlsPortTest, PeerTlsTest.
 *
 * @param hosts of which a certificate must be valid for one; empty for any
 * @param names of which a certificate must have one as its common name; empty for any
 */
public record AllowedCertificates(List<String> hosts, List<String> names) {
  public static final AllowedCertificates ANY = new AllowedCertificates(List.of(), List.of());

  public AllowedCertificates {
    hosts = List.copyOf(hosts);
    names = List.copyOf(names);
  }

  /**
   * Refuses a certificate that is not among them.
   *
   * @param whose begins the reason, as in "the client's certificate"
   */
  void check(X509Certificate certificate, String whose) throws CertificateException {
    if (!names.isEmpty()) {
      String name = commonName(certificate);
      if (name == null || !names.contains(name)) {
        throw new CertificateException(
            whose
                + (name == null
                    ? " has no common name, and needs an allowed one"
                    : " has the common name \"" + name + "\", which is not allowed"));
      }
    }
    if (!hosts.isEmpty()) {
      for (String host : hosts) {
        if (CertificateHosts.cover(certificate, host)) {
          return;
        }
      }
      throw new CertificateException(whose + " is valid for no allowed host");
    }
  }

  /** The last one of the subject, as in Go; null if there is none. */
  private static @Nullable String commonName(X509Certificate certificate)
      throws CertificateException {
    String found = null;
    try {
      for (Rdn part : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
        Attribute name = part.toAttributes().get("CN");
        if (name != null && name.get() instanceof String text) {
          found = text;
        }
      }
    } catch (InvalidNameException malformed) {
      throw new CertificateException("a subject that is no distinguished name", malformed);
    } catch (NamingException impossible) {
      throw new CertificateException("a subject that cannot be read", impossible);
    }
    return found;
  }
}
