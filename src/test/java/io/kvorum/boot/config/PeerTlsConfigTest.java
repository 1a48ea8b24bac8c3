package io.kvorum.boot.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.tls.AllowedCertificates;
import io.kvorum.tls.TlsFiles;
import io.kvorum.tls.TlsPair;
import io.kvorum.tls.TlsProfile;
import io.kvorum.tls.TlsVersion;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The flags for TLS between members. */
class PeerTlsConfigTest {
  private static final String PROTECTION =
      ": no peer URL is https://; refusing to start without the protection this flag asks for";

  private static final Map<String, String> SECURE =
      Map.of(
          "listen-peer-urls", "http://127.0.0.1:1,https://127.0.0.1:2",
          "peer-cert-file", "/p.pem",
          "peer-key-file", "/p.key");

  private static final TlsPair OWN = new TlsPair("/p.pem", "/p.key");

  private static Optional<TransportSecurity> read(Map<String, String> base, String... flags) {
    Map<String, String> all = new LinkedHashMap<>(base);
    for (int i = 0; i < flags.length; i += 2) {
      all.put(flags[i], flags[i + 1]);
    }
    return MemberConfig.fromFlags(all::get).peers().tls();
  }

  private static TransportSecurity secured(String... flags) {
    return read(SECURE, flags).orElseThrow();
  }

  @Test
  void theFlagsAreTheFilesOfBothDirections() {
    assertThat(MemberConfig.fromFlags(flag -> null).peers().tls()).isEmpty();
    assertThat(secured())
        .isEqualTo(
            new TransportSecurity(
                TlsFiles.of("/p.pem", "/p.key"), TlsProfile.usual(), false, 1, true));
    assertThat(
            secured(
                    "peer-client-cert-file", "/c.pem",
                    "peer-client-key-file", "/c.key",
                    "peer-trusted-ca-file", "/ca.pem",
                    "peer-crl-file", "/r",
                    "peer-cert-allowed-cn", "m1, m2")
                .files())
        .isEqualTo(
            new TlsFiles(
                OWN,
                new TlsPair("/c.pem", "/c.key"),
                "/ca.pem",
                true,
                "/r",
                new AllowedCertificates(List.of(), List.of("m1", "m2"))));
    assertThat(
            secured("peer-client-cert-auth", "true", "peer-cert-allowed-hostname", "m.example")
                .files())
        .isEqualTo(
            new TlsFiles(
                OWN,
                TlsPair.NONE,
                "",
                true,
                "",
                new AllowedCertificates(List.of("m.example"), List.of())));
    assertThat(secured("peer-skip-client-san-verification", "true").verifiesAddresses()).isFalse();
    assertThat(secured("tls-min-version", "TLS1.3").profile().oldest())
        .isEqualTo(TlsVersion.TLS_1_3);
  }

  @Test
  void aMemberMakesItsCertificateUnlessOneIsGiven() {
    assertThat(secured("peer-auto-tls", "true").isSelfSigned()).isFalse();
    TransportSecurity made =
        secured("peer-cert-file", "", "peer-key-file", "", "peer-auto-tls", "true");
    assertThat(made.isSelfSigned()).isTrue();
    assertThat(made.files()).isEqualTo(TlsFiles.none());
  }

  /** It calls the other members, of which some speak TLS. */
  @Test
  void aMemberWithoutSecuredListenersMayHaveFilesForItsCalls() {
    Map<String, String> mixed = Map.of("initial-cluster", "m1=http://a:1,m2=https://b:1");
    assertThat(read(mixed)).hasValueSatisfying(tls -> assertThat(tls.isSelfSigned()).isFalse());
    TlsFiles files =
        read(
                mixed,
                "peer-client-cert-file",
                "/c.pem",
                "peer-client-key-file",
                "/c.key",
                "peer-trusted-ca-file",
                "/ca.pem")
            .orElseThrow()
            .files();
    assertThat(files.own()).isEqualTo(TlsPair.NONE);
    assertThat(files.calls()).isEqualTo(new TlsPair("/c.pem", "/c.key"));
    assertThatThrownBy(() -> read(mixed, "peer-client-cert-auth", "true"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage("invalid value \"true\" for flag --peer-client-cert-auth" + PROTECTION);
  }

  @ParameterizedTest
  @CsvSource({
    "peer-cert-file, /a.pem",
    "peer-key-file, /a.key",
    "peer-client-cert-file, /a.pem",
    "peer-client-key-file, /a.key",
    "peer-client-cert-auth, true",
    "peer-auto-tls, true",
    "peer-trusted-ca-file, /ca.pem",
    "peer-crl-file, /revoked.crl",
    "peer-cert-allowed-cn, m1",
    "peer-cert-allowed-hostname, a.example"
  })
  void aFlagOfTlsIsRefusedWhereNoUrlIsSecure(String flag, String value) {
    assertThatThrownBy(() -> read(Map.of(), flag, value))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage("invalid value \"" + value + "\" for flag --" + flag + PROTECTION);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "peer-key-file | '' | --peer-key-file and --peer-cert-file must both be present [key: , cert:"
            + " /p.pem]",
        "peer-client-cert-file | /c.pem | --peer-client-key-file and --peer-client-cert-file must both"
            + " be present or both absent [key: , cert: /c.pem]",
        "peer-crl-file | r | invalid value \"r\" for flag --peer-crl-file: needs"
            + " --peer-trusted-ca-file or --peer-client-cert-auth",
        "peer-cert-allowed-cn | a | invalid value \"a\" for flag --peer-cert-allowed-cn: needs"
            + " --peer-trusted-ca-file or --peer-client-cert-auth"
      })
  void aSettingThatCannotBeIsRefusedInOneLine(String flag, String value, String line) {
    assertThatThrownBy(() -> secured(flag, value))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(line);
  }

  @Test
  void settingsThatContradictEachOtherAreRefused() {
    assertThatThrownBy(() -> secured("peer-cert-file", "", "peer-key-file", ""))
        .hasMessage(
            "cannot listen on TLS for 127.0.0.1:2: KeyFile and CertFile are not presented; give"
                + " --peer-cert-file and --peer-key-file, or --peer-auto-tls");
    assertThatThrownBy(
            () ->
                secured(
                    "peer-trusted-ca-file", "/ca.pem",
                    "peer-cert-allowed-cn", "a",
                    "peer-cert-allowed-hostname", "b"))
        .hasMessage(
            "invalid value \"a\" for flag --peer-cert-allowed-cn: AllowedCNs and AllowedHostnames"
                + " are mutually exclusive; give this flag or --peer-cert-allowed-hostname");
    assertThatThrownBy(
            () ->
                secured(
                    "peer-cert-file", "",
                    "peer-key-file", "",
                    "peer-auto-tls", "true",
                    "peer-trusted-ca-file", "/ca.pem"))
        .hasMessage(
            "invalid value \"/ca.pem\" for flag --peer-trusted-ca-file: with --peer-auto-tls"
                + " members do not verify each other; give --peer-cert-file and --peer-key-file"
                + " instead of that");
  }
}
