package io.kvorum.boot.config;

import io.kvorum.model.MemberUrl;
import io.kvorum.tls.CipherSuites;
import io.kvorum.tls.TlsFiles;
import io.kvorum.tls.TlsProfile;
import io.kvorum.tls.TlsVersion;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How clients are served over TLS. Immutable.
 *
 * <p>Held by: MemberConfigTest.
 *
 * @param files what the listeners use; without a certificate if the member makes its own
 * @param profile what they negotiate
 * @param selfSignedYears how long a certificate of the member's own making is valid
 */
public record ClientTls(TlsFiles files, TlsProfile profile, int selfSignedYears) {
  /** These protect: they are not ignored where they cannot. */
  private static final List<String> PROTECTING =
      List.of(
          "cert-file",
          "key-file",
          "trusted-ca-file",
          "client-crl-file",
          "client-cert-allowed-hostname");

  /** Whether the member makes the certificate. */
  public boolean isSelfSigned() {
    return files.certificate().isEmpty();
  }

  /**
   * @param client where gRPC, JSON or both are served
   * @param metrics where only pages are served
   */
  static Optional<ClientTls> from(
      Settings settings, List<MemberUrl> client, List<MemberUrl> metrics) {
    TlsProfile profile = profile(settings);
    int years = settings.intNumber("self-signed-cert-validity", 1);
    boolean hasAutoTls = settings.bool("auto-tls");
    boolean hasCertAuth = settings.bool("client-cert-auth");
    if (Stream.concat(client.stream(), metrics.stream()).noneMatch(MemberUrl::isSecure)) {
      refuseWithoutUrl(settings);
      return Optional.empty();
    }
    String certificate = settings.text("cert-file");
    String key = settings.text("key-file");
    if (certificate.isEmpty() != key.isEmpty()) {
      throw new ConfigurationException(
          "--key-file and --cert-file must both be present [key: "
              + key
              + ", cert: "
              + certificate
              + "]");
    }
    if (certificate.isEmpty() && !hasAutoTls) {
      throw withoutCertificate(client, metrics);
    }
    TlsFiles files =
        new TlsFiles(
            certificate,
            key,
            settings.text("trusted-ca-file"),
            hasCertAuth || settings.isSet("trusted-ca-file"),
            settings.text("client-crl-file"),
            list(settings.text("client-cert-allowed-hostname")));
    refuseWithoutAuthority(settings, files);
    return Optional.of(new ClientTls(files, profile, years));
  }

  private static TlsProfile profile(Settings settings) {
    TlsVersion oldest = version(settings, "tls-min-version");
    TlsVersion newest =
        settings.isSet("tls-max-version")
            ? version(settings, "tls-max-version")
            : TlsVersion.TLS_1_3;
    List<String> suites = CipherSuites.usual();
    if (settings.isSet("cipher-suites")) {
      if (oldest == TlsVersion.TLS_1_3) {
        throw settings.refusal(
            "cipher-suites", "cipher suites cannot be configured when only TLS1.3 is enabled");
      }
      try {
        suites = CipherSuites.of(list(settings.text("cipher-suites")));
      } catch (IllegalArgumentException wrong) {
        throw settings.refusal("cipher-suites", wrong.getMessage());
      }
    }
    try {
      return new TlsProfile(oldest, newest, suites);
    } catch (IllegalArgumentException wrong) {
      throw settings.refusal("tls-min-version", wrong.getMessage());
    }
  }

  private static TlsVersion version(Settings settings, String flag) {
    try {
      return TlsVersion.parse(settings.text(flag));
    } catch (IllegalArgumentException unknown) {
      throw settings.refusal(flag, unknown.getMessage());
    }
  }

  private static void refuseWithoutUrl(Settings settings) {
    for (String flag : List.of("client-cert-auth", "auto-tls")) {
      if (settings.bool(flag)) {
        throw withoutUrl(settings, flag);
      }
    }
    for (String flag : PROTECTING) {
      if (settings.isSet(flag)) {
        throw withoutUrl(settings, flag);
      }
    }
  }

  private static ConfigurationException withoutUrl(Settings settings, String flag) {
    return settings.refusal(
        flag,
        "no client URL is https://; refusing to start without the protection this flag asks for");
  }

  private static ConfigurationException withoutCertificate(
      List<MemberUrl> client, List<MemberUrl> metrics) {
    return client.stream()
        .filter(MemberUrl::isSecure)
        .findFirst()
        .map(
            url ->
                new ConfigurationException(
                    "TLS key/cert (--cert-file, --key-file) must be provided for client url "
                        + url
                        + " with HTTPS scheme"))
        .orElseGet(
            () ->
                new ConfigurationException(
                    "client TLS key/cert (--cert-file, --key-file) must be provided for metrics"
                        + " secure url "
                        + metrics.stream().filter(MemberUrl::isSecure).toList().get(0)));
  }

  /** Clients that are not asked for a certificate have none that could be refused. */
  private static void refuseWithoutAuthority(Settings settings, TlsFiles files) {
    for (String flag : List.of("client-crl-file", "client-cert-allowed-hostname")) {
      if (settings.isSet(flag) && !files.demandsCertificate()) {
        throw settings.refusal(flag, "needs --trusted-ca-file or --client-cert-auth");
      }
    }
  }

  private static List<String> list(String text) {
    return Arrays.stream(text.split(",", -1))
        .map(String::strip)
        .filter(part -> !part.isEmpty())
        .toList();
  }
}
