package io.kvorum.boot.config;

import io.kvorum.model.MemberUrl;
import io.kvorum.tls.AllowedCertificates;
import io.kvorum.tls.CipherSuites;
import io.kvorum.tls.TlsFiles;
import io.kvorum.tls.TlsPair;
import io.kvorum.tls.TlsProfile;
import io.kvorum.tls.TlsVersion;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Reads the flags of TLS of one side, which are the same on both but for their names. A flag that
 * protects is never ignored: where it cannot take effect, the start is refused. Immutable.
 *
 * <p>Held by: MemberConfigTest, PeerTlsConfigTest.
 */
final class SecurityFlags {

  /** Who connects: clients, or other members. */
  enum Side {
    CLIENTS("client", "", "client-crl-file", "client-cert-allowed-hostname"),
    PEERS("peer", "peer-", "peer-crl-file", "peer-cert-allowed-hostname");

    private static final String ALLOWED_NAMES = "peer-cert-allowed-cn";

    private final String title;
    private final String prefix;
    private final String revoked;
    private final String allowedHosts;

    Side(String title, String prefix, String revoked, String allowedHosts) {
      this.title = title;
      this.prefix = prefix;
      this.revoked = revoked;
      this.allowedHosts = allowedHosts;
    }

    String flag(String name) {
      return prefix + name;
    }

    /** What decides which of the demanded certificates are accepted. */
    List<String> choosing() {
      return this == CLIENTS
          ? List.of(revoked, allowedHosts)
          : List.of(revoked, allowedHosts, ALLOWED_NAMES);
    }
  }

  private final Settings settings;
  private final Side side;

  SecurityFlags(Settings settings, Side side) {
    this.settings = settings;
    this.side = side;
  }

  /**
   * Reads all of them; empty if no URL is secured.
   *
   * @param listen the URLs that are listened on
   * @param known further URLs that matter to this side
   * @param withoutCertificate words that a secured URL that is listened on has no certificate
   */
  Optional<TransportSecurity> read(
      List<MemberUrl> listen,
      List<MemberUrl> known,
      Function<MemberUrl, String> withoutCertificate) {
    TlsProfile profile = profile();
    int years = settings.intNumber("self-signed-cert-validity", 1);
    boolean isMadeIfAbsent = settings.bool(side.flag("auto-tls"));
    boolean isDemanded = settings.bool(side.flag("client-cert-auth"));
    boolean verifiesAddresses =
        side == Side.PEERS && !settings.bool("peer-skip-client-san-verification");
    refuseWithoutUrl(listen, known);
    if (Stream.concat(listen.stream(), known.stream()).noneMatch(MemberUrl::isSecure)) {
      return Optional.empty();
    }
    TlsPair own = pair("cert-file", "key-file", "both be present");
    Optional<MemberUrl> secured = listen.stream().filter(MemberUrl::isSecure).findFirst();
    if (own.isAbsent() && !isMadeIfAbsent && secured.isPresent()) {
      throw new ConfigurationException(withoutCertificate.apply(secured.get()));
    }
    if (secured.isPresent()) {
      refusePlainAnywhere(listen);
    }
    TlsFiles files =
        new TlsFiles(
            own,
            side == Side.PEERS
                ? pair("client-cert-file", "client-key-file", "both be present or both absent")
                : TlsPair.NONE,
            settings.text(side.flag("trusted-ca-file")),
            isDemanded || settings.isSet(side.flag("trusted-ca-file")),
            settings.text(side.revoked),
            allowed());
    boolean isSelfSigned = own.isAbsent() && isMadeIfAbsent;
    refuseWithoutAuthority(files);
    if (isSelfSigned && side == Side.PEERS) {
      refuseWithAutoTls();
    }
    return Optional.of(
        new TransportSecurity(files, profile, isSelfSigned, years, verifiesAddresses));
  }

  /** Which listener is plain is known by its address: it must have one. */
  private static void refusePlainAnywhere(List<MemberUrl> listen) {
    for (MemberUrl each : listen) {
      if (!each.isSecure() && !each.isSocket() && each.port() == 0) {
        throw new ConfigurationException(
            each + " beside an https:// URL needs a port, not 0, so that it is known to be plain");
      }
    }
  }

  private TlsProfile profile() {
    TlsVersion oldest = version("tls-min-version");
    TlsVersion newest =
        settings.isSet("tls-max-version") ? version("tls-max-version") : TlsVersion.TLS_1_3;
    List<String> suites = CipherSuites.usual();
    if (settings.isSet("cipher-suites")) {
      if (oldest == TlsVersion.TLS_1_3) {
        throw settings.refusal(
            "cipher-suites", "cipher suites cannot be configured when only TLS1.3 is enabled");
      }
      try {
        suites = CipherSuites.of(list("cipher-suites"));
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

  private TlsVersion version(String flag) {
    try {
      return TlsVersion.parse(settings.text(flag));
    } catch (IllegalArgumentException unknown) {
      throw settings.refusal(flag, unknown.getMessage());
    }
  }

  /** What protects a listener needs a secured one; the rest, any URL that is secured. */
  private void refuseWithoutUrl(List<MemberUrl> listen, List<MemberUrl> known) {
    if (listen.stream().anyMatch(MemberUrl::isSecure)) {
      return;
    }
    refuseIfSet("client-cert-auth");
    for (String flag : side.choosing()) {
      if (settings.isSet(flag)) {
        throw withoutUrl(flag);
      }
    }
    if (known.stream().noneMatch(MemberUrl::isSecure)) {
      for (String flag : List.of("auto-tls", "cert-file", "key-file", "trusted-ca-file")) {
        refuseIfSet(flag);
      }
      if (side == Side.PEERS) {
        refuseIfSet("client-cert-file");
        refuseIfSet("client-key-file");
      }
    }
  }

  private void refuseIfSet(String name) {
    if (isOn(side.flag(name))) {
      throw withoutUrl(side.flag(name));
    }
  }

  private boolean isOn(String flag) {
    return Flags.get(flag).kind() == Flag.Kind.BOOLEAN ? settings.bool(flag) : settings.isSet(flag);
  }

  private ConfigurationException withoutUrl(String flag) {
    return settings.refusal(
        flag,
        "no "
            + side.title
            + " URL is https://; refusing to start without the protection this flag asks for");
  }

  private TlsPair pair(String certificateFlag, String keyFlag, String rule) {
    TlsPair pair =
        new TlsPair(settings.text(side.flag(certificateFlag)), settings.text(side.flag(keyFlag)));
    if (pair.certificate().isEmpty() != pair.key().isEmpty()) {
      throw new ConfigurationException(
          "--%s and --%s must %s [key: %s, cert: %s]"
              .formatted(
                  side.flag(keyFlag),
                  side.flag(certificateFlag),
                  rule,
                  pair.key(),
                  pair.certificate()));
    }
    return pair;
  }

  private AllowedCertificates allowed() {
    List<String> hosts = list(side.allowedHosts);
    List<String> names = side == Side.PEERS ? list(Side.ALLOWED_NAMES) : List.of();
    if (!hosts.isEmpty() && !names.isEmpty()) {
      throw settings.refusal(
          Side.ALLOWED_NAMES,
          "AllowedCNs and AllowedHostnames are mutually exclusive; give this flag or --"
              + side.allowedHosts);
    }
    return new AllowedCertificates(hosts, names);
  }

  /** Those that are not asked for a certificate have none that could be refused. */
  private void refuseWithoutAuthority(TlsFiles files) {
    for (String flag : side.choosing()) {
      if (settings.isSet(flag) && !files.demandsCertificate()) {
        throw settings.refusal(
            flag,
            "needs --" + side.flag("trusted-ca-file") + " or --" + side.flag("client-cert-auth"));
      }
    }
  }

  /** With certificates of their own making, members cannot verify each other. */
  private void refuseWithAutoTls() {
    for (String flag : List.of("trusted-ca-file", "client-cert-auth")) {
      String name = side.flag(flag);
      if (isOn(name)) {
        throw settings.refusal(
            name,
            "with --peer-auto-tls members do not verify each other; give --peer-cert-file and"
                + " --peer-key-file instead of that");
      }
    }
  }

  private List<String> list(String flag) {
    return Arrays.stream(settings.text(flag).split(",", -1))
        .map(String::strip)
        .filter(part -> !part.isEmpty())
        .toList();
  }
}
