package io.kvorum.tls;

import java.util.Arrays;
import java.util.List;

/**
 * The versions of TLS that are spoken, oldest first.
 *
 * <p>Held by: MemberConfigTest, TlsPortTest.
 */
public enum TlsVersion {
  TLS_1_2("TLS1.2", "TLSv1.2"),
  TLS_1_3("TLS1.3", "TLSv1.3");

  private final String text;
  private final String protocol;

  TlsVersion(String text, String protocol) {
    this.text = text;
    this.protocol = protocol;
  }

  /**
   * As etcd writes it.
   *
   * @throws IllegalArgumentException with the reason if there is none of that name
   */
  public static TlsVersion parse(String text) {
    return Arrays.stream(values())
        .filter(version -> version.text.equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unexpected TLS version \"" + text + "\" (must be one of: TLS1.2, TLS1.3)"));
  }

  /** The JDK's names of those from {@code oldest} to {@code newest}. */
  static List<String> protocols(TlsVersion oldest, TlsVersion newest) {
    return Arrays.stream(values())
        .filter(version -> version.compareTo(oldest) >= 0 && version.compareTo(newest) <= 0)
        .map(version -> version.protocol)
        .toList();
  }

  @Override
  public String toString() {
    return text;
  }
}
