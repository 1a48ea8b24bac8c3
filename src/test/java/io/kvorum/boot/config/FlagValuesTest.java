package io.kvorum.boot.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FlagValuesTest {
  @TempDir private Path directory;

  @Test
  void aFlagTakesPrecedenceOverItsVariable() {
    FlagValues values =
        FlagValues.resolve(
            Map.of("name", "flag"), Map.of("ETCD_NAME", "variable", "ETCD_MAX_TXN_OPS", "7"));
    assertThat(values.values())
        .containsOnly(Map.entry("name", "flag"), Map.entry("max-txn-ops", "7"));
    assertThat(values.warnings()).isEmpty();
  }

  @Test
  void aFlagWithoutEffectIsAWarningThatNamesIt() {
    assertThat(FlagValues.resolve(Map.of("unsafe-no-fsync", "true"), Map.of()).warnings())
        .containsExactly("--unsafe-no-fsync has no effect: Kvorum always waits for the disk.");
    assertThat(FlagValues.resolve(Map.of(), Map.of("ETCD_MAX_WALS", "7")).warnings())
        .singleElement()
        .asString()
        .startsWith("--max-wals has no effect: ");
  }

  @Test
  void anUnknownVariableIsAWarningButThoseOfEtcdctlAreNot() {
    assertThat(
            FlagValues.resolve(Map.of(), Map.of("ETCD_NAMES", "x", "ETCDCTL_API", "3", "HOME", "/"))
                .warnings())
        .containsExactly("unknown variable ETCD_NAMES, did you mean ETCD_NAME?");
  }

  @Test
  void aValueOfTheWrongFormIsRefusedEvenWhereItHasNoEffect() {
    assertThatThrownBy(() -> FlagValues.resolve(Map.of("max-wals", "many"), Map.of()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage("invalid value \"many\" for flag --max-wals: not a whole number");
  }

  @Test
  void aFileTakesPrecedenceOverFlagsAndVariables() throws IOException {
    String file =
        file(
            """
            name: from-file
            # a comment
            heartbeat-interval: 50
            listen-client-urls: http://127.0.0.1:1,http://127.0.0.1:2
            watch-progress-notify-interval: 5000000000
            auto-compaction-retention: "1h"
            log-outputs: [stderr, stdout]
            client-transport-security:
              cert-file: server.crt
              client-cert-auth: true
              crl-file: revoked.crl
            peer-transport-security:
              cert-file: peer.crt
              client-cert-file: call.crt
              client-cert-auth: true
              trusted-ca-file: ca.crt
              crl-file: gone.crl
              allowed-cn: peers
              allowed-hostname: peers.example
              skip-client-san-verification: true
              auto-tls: true
            """);
    FlagValues values =
        FlagValues.resolve(
            Map.of("config-file", file, "max-txn-ops", "7"), Map.of("ETCD_SNAPSHOT_COUNT", "9"));
    assertThat(values.exclusive()).isTrue();
    assertThat(values.values())
        .containsEntry("name", "from-file")
        .containsEntry("heartbeat-interval", "50")
        .containsEntry("listen-client-urls", "http://127.0.0.1:1,http://127.0.0.1:2")
        .containsEntry("watch-progress-notify-interval", "5000000000ns")
        .containsEntry("auto-compaction-retention", "1h")
        .containsEntry("log-outputs", "stderr,stdout")
        .containsEntry("cert-file", "server.crt")
        .containsEntry("client-cert-auth", "true")
        .containsEntry("client-crl-file", "revoked.crl")
        .containsEntry("peer-cert-file", "peer.crt")
        .containsEntry("peer-client-cert-file", "call.crt")
        .containsEntry("peer-client-cert-auth", "true")
        .containsEntry("peer-trusted-ca-file", "ca.crt")
        .containsEntry("peer-crl-file", "gone.crl")
        .containsEntry("peer-cert-allowed-cn", "peers")
        .containsEntry("peer-cert-allowed-hostname", "peers.example")
        .containsEntry("peer-skip-client-san-verification", "true")
        .containsEntry("peer-auto-tls", "true")
        .doesNotContainKeys("max-txn-ops", "snapshot-count", "config-file");
    assertThat(values.warnings())
        .contains(
            "--max-txn-ops is ignored: " + file + " takes precedence",
            "ETCD_SNAPSHOT_COUNT is ignored: " + file + " takes precedence");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "data-dri: /d | unknown key data-dri in line 2, did you mean data-dir?",
        "data_dir: /d | unknown key data_dir in line 2, did you mean data-dir?",
        "dir: /d | unknown key dir in line 2, did you mean data-dir or wal-dir or backup-dir?",
        "colour: blue | unknown key colour in line 2",
        "config-file: b.yml | config-file in line 2 cannot name another file",
        "client-transport-securty: {} | unknown key client-transport-securty in line 2,"
            + " did you mean client-transport-security?",
        "peer-transport-security: {cert-fle: x} | unknown key peer-transport-security.cert-fle in"
            + " line 2, did you mean cert-file?",
        "peer-transport-security: {name: x} | unknown key peer-transport-security.name in line 2",
        "client-transport-security: on | client-transport-security in line 2 must be a mapping, as"
            + " cert-file: <file> below it",
        "data-dir: {a: b} | data-dir in line 2 must be a value, and is a mapping",
        "discovery-config: {token: x} | discovery-config in line 2: discovery services are not"
            + " supported; use --initial-cluster or --discovery-srv",
      })
  void aKeyThatNamesNoFlagIsRefusedWithItsLineAndTheLikelyOne(String line, String reason)
      throws IOException {
    String file = file("name: m1\n" + line + "\n");
    assertThatThrownBy(() -> FlagValues.resolve(Map.of("config-file", file), Map.of()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage("cannot use --config-file \"" + file + "\": " + reason);
  }

  @Test
  void keysOfEtcdsOwnSampleAreTaken() throws IOException {
    String file =
        file(
            """
            max-snapshots: 5
            max-wals: 5
            cors:
            discovery-fallback: 'proxy'
            strict-reconfig-check: no
            proxy: 'off'
            proxy-failure-wait: 5000
            logger: zap
            socket-options:
              reuse-address: on
            cipher-suites: [
              TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
            ]
            client-transport-security:
              cert-file:
              client-cert-auth: false
            watch-progress-notify-interval: 10
            """);
    FlagValues values = FlagValues.resolve(Map.of("config-file", file), Map.of());
    assertThat(values.values())
        .containsEntry("strict-reconfig-check", "false")
        .containsEntry("socket-reuse-address", "true")
        .containsEntry("cipher-suites", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
        .doesNotContainKeys("cert-file", "cors", "proxy");
    assertThat(values.warnings())
        .contains(
            "max-snapshots in line 1 of " + file + " has no effect: etcd 3.7 does not have it",
            "watch-progress-notify-interval in line 17 of "
                + file
                + " counts nanoseconds, as in etcd; write 10s for seconds");
    assertThat(MemberConfig.fromFlags(values::get).peers().strictReconfigCheck()).isFalse();
  }

  @Test
  void aFlagThatNeverHasAnEffectSaysWhyUnlessItHasItsDefault() {
    assertThat(FlagValues.resolve(Map.of("max-wals", "9"), Map.of()).warnings())
        .containsExactly(
            "--max-wals has no effect: Kvorum keeps as much of its log as other members may need.");
    assertThat(FlagValues.resolve(Map.of("max-wals", "5"), Map.of()).warnings()).isEmpty();
  }

  @Test
  void aPropertyThatIsAMisspelledFlagIsRefused() {
    assertThatCode(
            () ->
                FlagValues.refuseUnknownProperties(
                    List.of("kvorum.data-dir", "kvorum.relay.port", "java.home", "KVORUM_X")))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> FlagValues.refuseUnknownProperties(List.of("kvorum.data-dri")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage("unknown property kvorum.data-dri, did you mean kvorum.data-dir?");
  }

  @Test
  void aVariableCanNameTheFile() throws IOException {
    String file = file("name: from-file\n");
    assertThat(FlagValues.resolve(Map.of(), Map.of("ETCD_CONFIG_FILE", file)).values())
        .containsOnly(Map.entry("name", "from-file"));
  }

  @Test
  void anEmptyFileLeavesTheDefaults() throws IOException {
    assertThat(FlagValues.resolve(Map.of("config-file", file("")), Map.of()).values()).isEmpty();
  }

  @Test
  void aFileThatCannotBeUsedIsRefusedInOneLine() throws IOException {
    String missing = directory.resolve("missing.yml").toString();
    assertThatThrownBy(() -> FlagValues.resolve(Map.of("config-file", missing), Map.of()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage("cannot use --config-file \"" + missing + "\": no such file or directory");
    String list = file("- a\n- b\n");
    assertThatThrownBy(() -> FlagValues.resolve(Map.of("config-file", list), Map.of()))
        .hasMessageContaining("it is not a mapping of names to values");
    String broken = file("name: [unclosed\nx: y\n");
    assertThatThrownBy(() -> FlagValues.resolve(Map.of("config-file", broken), Map.of()))
        .hasMessageStartingWith("cannot use --config-file \"" + broken + "\": ")
        .hasMessageNotContaining("\n");
  }

  private String file(String text) throws IOException {
    return Files.writeString(directory.resolve("kvorum.yml"), text).toString();
  }
}
