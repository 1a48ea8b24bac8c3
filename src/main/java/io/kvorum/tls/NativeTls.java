package io.kvorum.tls;

import io.kvorum.support.Reason;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;

/**
 * Decides who encrypts: BoringSSL, in native code, where its library fits the platform and has all
 * suites that are to be offered; the JDK otherwise. Both behave alike, but a handshake costs the
 * JDK several times as much. Stateless.
 *
 * <p>Held by: TlsPortTest, NativeTlsTest.
 */
final class NativeTls {
  private NativeTls() {}

  /** Who offers that profile. */
  static SslProvider providerFor(TlsProfile profile) {
    return OpenSsl.isAvailable()
            && OpenSsl.availableJavaCipherSuites().containsAll(profile.suites())
        ? SslProvider.OPENSSL
        : SslProvider.JDK;
  }

  /** The same in words, for the log. */
  static String describe(TlsProfile profile) {
    if (providerFor(profile) == SslProvider.OPENSSL) {
      return OpenSsl.versionString();
    }
    return OpenSsl.isAvailable()
        ? "the JDK's TLS, which has all of the cipher suites"
        : "the JDK's TLS, as BoringSSL cannot be loaded: "
            + Reason.of(OpenSsl.unavailabilityCause());
  }
}
