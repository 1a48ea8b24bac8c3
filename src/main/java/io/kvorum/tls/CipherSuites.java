package io.kvorum.tls;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The cipher suites of TLS 1.2, by Go's names, which are the JDK's but for one old spelling; those
 * of TLS 1.3 are always offered, as in Go. Stateless.
 *
 * <p>Held by: MemberConfigTest, TlsPortTest.
 */
public final class CipherSuites {
  private static final List<String> OF_TLS_1_3 =
      List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

  /** What is offered unless a list is given: those with forward secrecy that authenticate. */
  private static final List<String> USUAL =
      List.of(
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

  private static final Set<String> ON_DEMAND =
      Set.of(
          "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
          "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
          "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
          "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
          "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
          "TLS_RSA_WITH_AES_128_CBC_SHA",
          "TLS_RSA_WITH_AES_256_CBC_SHA",
          "TLS_RSA_WITH_AES_128_CBC_SHA256",
          "TLS_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_RSA_WITH_AES_256_GCM_SHA384");

  /** Go still has them; no JDK that Kvorum runs on offers them. */
  private static final Set<String> BROKEN =
      Set.of(
          "TLS_RSA_WITH_RC4_128_SHA",
          "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
          "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
          "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
          "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA");

  /** HTTP/2 over TLS 1.2 needs one of them (RFC 9113, section 9.2.2). */
  private static final List<String> NEEDED =
      List.of("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");

  private CipherSuites() {}

  /** What is offered where no list was given. */
  public static List<String> usual() {
    return Stream.concat(OF_TLS_1_3.stream(), USUAL.stream()).toList();
  }

  /**
   * What is offered where that list was given.
   *
   * @throws IllegalArgumentException with the reason if a name is not acceptable, or one is missing
   */
  public static List<String> of(List<String> names) {
    List<String> suites = new ArrayList<>(OF_TLS_1_3);
    for (String name : names) {
      String suite = name.endsWith("_CHACHA20_POLY1305") ? name + "_SHA256" : name;
      if (BROKEN.contains(suite)) {
        throw new IllegalArgumentException("cipher suite \"" + name + "\" is broken, not offered");
      }
      if (!USUAL.contains(suite) && !ON_DEMAND.contains(suite) && !OF_TLS_1_3.contains(suite)) {
        throw new IllegalArgumentException("unexpected TLS cipher suite \"" + name + "\"");
      }
      if (!suites.contains(suite)) {
        suites.add(suite);
      }
    }
    if (NEEDED.stream().noneMatch(suites::contains)) {
      throw new IllegalArgumentException(
          "HTTP/2 needs at least one of " + String.join(" or ", NEEDED));
    }
    return List.copyOf(suites);
  }
}
