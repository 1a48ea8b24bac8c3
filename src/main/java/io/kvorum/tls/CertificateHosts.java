package io.kvorum.tls;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Decides whether a certificate is valid for a host, by its alternative names alone, as Go does.
 * Stateless.
 *
 * <p>Held by: CertificateDraftTest.
 */
final class CertificateHosts {
  private static final int DNS_NAME = 2;
  private static final int IP_ADDRESS = 7;
  private static final Pattern ADDRESS = Pattern.compile("\\d+(\\.\\d+){3}|.*:.*");

  private CertificateHosts() {}

  /** Whether it is valid for that name or address. */
  static boolean cover(X509Certificate certificate, String host)
      throws CertificateParsingException {
    return ADDRESS.matcher(host).matches()
        ? addressesOf(certificate).stream().anyMatch(address -> isSame(address, host))
        : namesOf(certificate).stream().anyMatch(name -> matches(name, host));
  }

  /** The names that it is valid for, some of them with a star. */
  static List<String> namesOf(X509Certificate certificate) throws CertificateParsingException {
    return all(certificate, DNS_NAME);
  }

  /** The addresses that it is valid for. */
  static List<String> addressesOf(X509Certificate certificate) throws CertificateParsingException {
    return all(certificate, IP_ADDRESS);
  }

  private static List<String> all(X509Certificate certificate, int kind)
      throws CertificateParsingException {
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    return names == null
        ? List.of()
        : names.stream()
            .filter(name -> name.get(0).equals(kind))
            .map(name -> (String) name.get(1))
            .toList();
  }

  private static boolean isSame(String address, String host) {
    try {
      return InetAddress.getByName(address).equals(InetAddress.getByName(host));
    } catch (UnknownHostException noAddress) {
      return false;
    }
  }

  /** A star stands for the whole first label. */
  private static boolean matches(String pattern, String host) {
    String name = withoutDot(host);
    String allowed = withoutDot(pattern);
    if (!allowed.startsWith("*.")) {
      return allowed.equals(name);
    }
    int dot = name.indexOf('.');
    return dot > 0 && name.substring(dot).equals(allowed.substring(1));
  }

  private static String withoutDot(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }
}
