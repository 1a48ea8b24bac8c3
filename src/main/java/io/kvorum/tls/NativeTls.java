package io.kvorum.tls;

import io.kvorum.support.Reason;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;

/**
 * Decides who encrypts for clients: BoringSSL, in native code, where its library fits the platform
 * and has all that is to be accepted; the JDK otherwise. BoringSSL lacks some suites, and accepts
 * no client that signs with P-521 or Ed25519, which etcd's clients may. Stateless.
 *
 * <p>Held by: TlsPortTest, NativeTlsTest.
 */
final class NativeTls {
  private NativeTls() {}

  /**
   * Who offers that profile.
   *
   * @param demandsCertificate whether clients must sign
   */
  static SslProvider providerFor(TlsProfile profile, boolean demandsCertificate) {
    return !demandsCertificate
            && OpenSsl.isAvailable()
            && OpenSsl.availableJavaCipherSuites().containsAll(profile.suites())
        ? SslProvider.OPENSSL
        : SslProvider.JDK;
  }

  /** The same in words, for the log. */
  static String describe(TlsProfile profile, boolean demandsCertificate) {
    if (providerFor(profile, demandsCertificate) == SslProvider.OPENSSL) {
      return OpenSsl.versionString();
    }
    if (demandsCertificate) {
      return "the JDK's TLS, which accepts all certificates";
    }
    return OpenSsl.isAvailable()
        ? "the JDK's TLS, which has all of the cipher suites"
        : "the JDK's TLS, as BoringSSL cannot be loaded: "
            + Reason.of(OpenSsl.unavailabilityCause());
  }
}
