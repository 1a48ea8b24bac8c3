package io.kvorum.boot.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compares what the table of flags says of each with what happens: sets it to another value than
 * its default, and looks at the configuration that comes of it.
 */
final class FlagStatusTest {
  /** Read by the launcher, not from the configuration of the member. */
  private static final Set<String> OF_THE_LAUNCHER =
      Set.of(
          "config-file",
          "kvorum-admin-url",
          "admin-cert-file",
          "admin-key-file",
          "admin-trusted-ca-file");

  private static final String COMPATIBLE = "Kept for compatibility";
  private static final String HTTPS = "listen-client-urls=https://127.0.0.1:1";
  private static final String CLIENT_TLS = HTTPS + " cert-file=/a.pem key-file=/a.key";
  private static final String PEER_HTTPS =
      "listen-peer-urls=https://127.0.0.1:2 initial-advertise-peer-urls=https://127.0.0.1:2";
  private static final String PEER_TLS = PEER_HTTPS + " peer-cert-file=/a.pem peer-key-file=/a.key";
  private static final String PEER_CALLS =
      PEER_TLS + " peer-client-cert-file=/b.pem peer-client-key-file=/b.key";
  private static final String BACKUPS = "backup-dir=/backups backup-interval=1h";

  /**
   * Where it takes more than any other value: flag | other value, unless any will do | flags
   * without which it is refused, or makes no difference.
   */
  private static final Map<String, Row> ROWS =
      rows(
          "name | m1",
          "election-timeout | 2000",
          "initial-cluster | default=http://127.0.0.1:9",
          "initial-cluster-state | existing",
          "discovery-srv | example.com",
          "discovery-srv-name | | discovery-srv=example.com",
          "auto-compaction-mode | revision | auto-compaction-retention=9",
          "auto-compaction-retention | 9",
          "auto-defrag-free-ratio | 0.25",
          "backup-interval | | backup-dir=/backups",
          "backup-dir | | " + BACKUPS,
          "backup-keep | | " + BACKUPS,
          "backup-member | | " + BACKUPS,
          "cors | http://a.example:80",
          "auth-token | jwt,sign-method=RS256,priv-key=/k",
          "feature-gates | CompactHashCheck=true",
          "metrics | extensive",
          "logger | zap",
          "log-level | debug",
          "log-format | json",
          "log-outputs | stdout",
          "enable-log-rotation | | log-outputs=/log",
          "log-rotation-config-json | {\"maxsize\":9} | log-outputs=/log enable-log-rotation=true",
          "distributed-tracing-address | a.example:1 | enable-distributed-tracing=true",
          "distributed-tracing-service-name | | enable-distributed-tracing=true",
          "distributed-tracing-instance-id | | enable-distributed-tracing=true",
          "distributed-tracing-sampling-rate | | enable-distributed-tracing=true",
          "audit-policy-file | | audit-log-path=/audit.log",
          "audit-log-maxsize | | audit-log-path=/audit.log",
          "audit-log-maxbackup | | audit-log-path=/audit.log",
          "audit-log-maxage | | audit-log-path=/audit.log",
          "auto-tls | | " + HTTPS,
          "self-signed-cert-validity | | auto-tls=true " + HTTPS,
          "cipher-suites | TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 | " + CLIENT_TLS,
          "tls-min-version | TLS1.3 | " + CLIENT_TLS,
          "tls-max-version | TLS1.2 | " + CLIENT_TLS,
          "cert-file | | " + CLIENT_TLS,
          "key-file | | " + CLIENT_TLS,
          "client-cert-auth | | " + CLIENT_TLS,
          "trusted-ca-file | | " + CLIENT_TLS,
          "client-crl-file | | client-cert-auth=true " + CLIENT_TLS,
          "client-cert-allowed-hostname | | client-cert-auth=true " + CLIENT_TLS,
          "peer-auto-tls | | " + PEER_HTTPS,
          "peer-cert-file | | " + PEER_TLS,
          "peer-key-file | | " + PEER_TLS,
          "peer-client-cert-file | | " + PEER_CALLS,
          "peer-client-key-file | | " + PEER_CALLS,
          "peer-client-cert-auth | | " + PEER_TLS,
          "peer-trusted-ca-file | | " + PEER_TLS,
          "peer-crl-file | | peer-client-cert-auth=true " + PEER_TLS,
          "peer-cert-allowed-cn | | peer-client-cert-auth=true " + PEER_TLS,
          "peer-cert-allowed-hostname | | peer-client-cert-auth=true " + PEER_TLS,
          "peer-skip-client-san-verification | | " + PEER_TLS);

  /** The other value of a flag, empty for any, and what it needs. */
  private record Row(String value, Map<String, String> needs) {
    static Row of(String[] cells) {
      Map<String, String> needs = new LinkedHashMap<>();
      for (String assignment : cells.length > 2 ? cells[2].split(" ") : new String[0]) {
        String[] pair = assignment.split("=", 2);
        needs.put(pair[0], pair[1]);
      }
      return new Row(cells.length > 1 ? cells[1] : "", needs);
    }
  }

  private static Map<String, Row> rows(String... lines) {
    Map<String, Row> rows = new LinkedHashMap<>();
    for (String line : lines) {
      String[] cells = Stream.of(line.split("\\|")).map(String::strip).toArray(String[]::new);
      rows.put(cells[0], Row.of(cells));
    }
    return rows;
  }

  @TempDir private Path directory;

  @Test
  void aFlagThatWorksMakesADifferenceUnlessItIsKeptForCompatibility() throws IOException {
    for (Flag flag : Flags.all()) {
      if (flag.isWorking() && !OF_THE_LAUNCHER.contains(flag.name())) {
        Map<String, String> flags = new HashMap<>(row(flag).needs());
        Optional<MemberConfig> without = configuration(flags);
        flags.put(flag.name(), another(flag));
        FlagValues values = FlagValues.resolve(flags, Map.of());
        assertThat(values.warnings()).as(flag.name()).isEmpty();
        MemberConfig with = MemberConfig.fromFlags(values::get);
        assertThat(without.equals(Optional.of(with)))
            .as("%s makes no difference beside %s", flag.name(), flags)
            .isEqualTo(flag.help().startsWith(COMPATIBLE));
      }
    }
  }

  @Test
  void aFlagWithoutEffectMakesNoDifferenceAndSaysWhy() throws IOException {
    MemberConfig usual = MemberConfig.fromFlags(flag -> null);
    for (Flag flag : Flags.all()) {
      if (flag.status() == Flag.Status.NO_EFFECT) {
        FlagValues values = FlagValues.resolve(Map.of(flag.name(), another(flag)), Map.of());
        assertThat(values.warnings())
            .containsExactly("--" + flag.name() + " has no effect: " + flag.reason());
        assertThat(MemberConfig.fromFlags(values::get)).as(flag.name()).isEqualTo(usual);
      }
    }
  }

  @Test
  void aFlagThatIsRefusedIsSoWithItsReasonUnlessItHasItsDefault() throws IOException {
    for (Flag flag : Flags.all()) {
      if (flag.status() == Flag.Status.REFUSED) {
        String value = another(flag);
        FlagValues values = FlagValues.resolve(Map.of(flag.name(), value), Map.of());
        assertThatThrownBy(() -> MemberConfig.fromFlags(values::get))
            .as(flag.name())
            .isInstanceOf(ConfigurationException.class)
            .hasMessageEndingWith(" for flag --" + flag.name() + ": " + flag.reason());
        assertThat(MemberConfig.fromFlags(Map.of(flag.name(), flag.defaultValue())::get))
            .isEqualTo(MemberConfig.fromFlags(any -> null));
      }
    }
  }

  @Test
  void theGatesThatWorkMakeADifferenceAndTheOthersNone() {
    for (FeatureGates.Gate gate : FeatureGates.Gate.values()) {
      FeatureGates gates = FeatureGates.parse(gate.label() + "=" + !gate.isOnByDefault());
      assertThat(gates.withoutEffect().contains(gate)).as(gate.label()).isEqualTo(!gate.works());
      Map<String, String> flags =
          Map.of("feature-gates", "LeaseCheckpoint=true," + gate.label() + "=true");
      CorruptionCheckTimes checks = MemberConfig.fromFlags(flags::get).corruptionChecks();
      assertThat(checks.atStart() || checks.ofCompactions())
          .as(gate.label())
          .isEqualTo(gate.works());
    }
  }

  private String another(Flag flag) throws IOException {
    if (flag.name().equals("audit-policy-file")) {
      String policy = "rules:\n- level: None\n";
      return Files.writeString(directory.resolve("policy.yml"), policy).toString();
    }
    String value = row(flag).value();
    return value.isEmpty() ? another(flag.kind(), flag.defaultValue()) : value;
  }

  private static String another(Flag.Kind kind, String usual) {
    return switch (kind) {
      case BOOLEAN -> usual.equals("true") ? "false" : "true";
      case INTEGER, UNSIGNED -> "9";
      case DURATION -> "9s";
      case URLS -> "http://127.0.0.1:9";
      case TEXT, ANY -> "/other";
    };
  }

  private static Row row(Flag flag) {
    return ROWS.getOrDefault(flag.name(), new Row("", Map.of()));
  }

  /** Empty if it is refused. */
  private static Optional<MemberConfig> configuration(Map<String, String> flags) {
    try {
      return Optional.of(MemberConfig.fromFlags(flags::get));
    } catch (ConfigurationException refused) {
      return Optional.empty();
    }
  }
}
