package io.kvorum.tls;

import java.util.List;

/**
 * What a listener negotiates. Immutable.
 *
 * <p>Held by: MemberConfigTest, TlsPortTest.
 *
 * @param suites by the JDK's names
 */
public record TlsProfile(TlsVersion oldest, TlsVersion newest, List<String> suites) {
  public TlsProfile {
    suites = List.copyOf(suites);
    if (oldest.compareTo(newest) > 0) {
      throw new IllegalArgumentException(
          "min version (" + oldest + ") is greater than max version (" + newest + ")");
    }
  }

  /** Every version, and the usual suites. */
  public static TlsProfile usual() {
    return new TlsProfile(TlsVersion.TLS_1_2, TlsVersion.TLS_1_3, CipherSuites.usual());
  }

  /** The JDK's names of the versions. */
  List<String> protocols() {
    return TlsVersion.protocols(oldest, newest);
  }
}
