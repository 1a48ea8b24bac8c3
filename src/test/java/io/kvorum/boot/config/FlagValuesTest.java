package io.kvorum.boot.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FlagValuesTest {
  @TempDir private Path directory;

  @Test
  void flagsAndVariablesMakeOneConfiguration() {
    FlagValues values =
        FlagValues.resolve(
            Map.of("name", "flag"), Map.of("ETCD_MAX_TXN_OPS", "7", "ETCD_DATA_DIR", ""));
    assertThat(values.values())
        .containsOnly(Map.entry("name", "flag"), Map.entry("max-txn-ops", "7"));
    assertThat(values.warnings()).isEmpty();
  }

  /** As etcd 3.4 and 3.7 do: both were tried, or read. */
  @ParameterizedTest
  @ValueSource(strings = {"other", "flag", ""})
  void aFlagBesideItsVariableIsRefusedWhateverTheTwoSay(String variable) {
    assertThatThrownBy(
            () -> FlagValues.resolve(Map.of("name", "flag"), Map.of("ETCD_NAME", variable)))
        .isInstanceOfSatisfying(
            ConfigurationException.class, refused -> assertThat(refused.exitStatus()).isEqualTo(1))
        .hasMessage(
            "conflicting environment variable \"ETCD_NAME\" is shadowed by corresponding"
                + " command-line flag (either unset environment variable or disable flag): unset"
                + " ETCD_NAME, or leave out --name");
  }

  @Test
  void ownAndFormerFlagsAreRefusedBesideTheirVariables() {
    assertThatThrownBy(
            () ->
                FlagValues.resolve(
                    Map.of("kvorum-admin-url", ""), Map.of("KVORUM_ADMIN_URL", "http://a:1")))
        .hasMessageContaining("unset KVORUM_ADMIN_URL, or leave out --kvorum-admin-url");
    assertThatThrownBy(() -> FlagValues.resolve(Map.of("force", "true"), Map.of("ETCD_FORCE", "1")))
        .hasMessageContaining("unset ETCD_FORCE, or leave out --force");
  }

  @Test
  void aPresetCountsWhereFlagVariableAndFileSayNothing() throws IOException {
    Map<String, String> image =
        Map.of(
            "KVORUM_DEFAULT_NAME", "preset",
            "KVORUM_DEFAULT_DATA_DIR", "/preset",
            "KVORUM_DEFAULT_MAX_TXN_OPS", "7",
            "KVORUM_DEFAULT_ADMIN_URL", "http://127.0.0.1:1");
    Map<String, String> environment = new HashMap<>(image);
    environment.put("ETCD_DATA_DIR", "/variable");
    FlagValues values = FlagValues.resolve(Map.of("name", "flag"), environment);
    assertThat(values.values())
        .containsOnly(
            Map.entry("name", "flag"),
            Map.entry("data-dir", "/variable"),
            Map.entry("max-txn-ops", "7"),
            Map.entry("kvorum-admin-url", "http://127.0.0.1:1"));
    assertThat(values.warnings()).isEmpty();
    FlagValues ofFile = FlagValues.resolve(Map.of("config-file", file("data-dir: /file\n")), image);
    assertThat(ofFile.values())
        .containsEntry("data-dir", "/file")
        .containsEntry("name", "preset")
        .doesNotContainKey("config-file");
    assertThat(ofFile.warnings()).isEmpty();
  }

  @Test
  void aPresetMayNameTheFileAndAMisspelledOneIsAWarning() throws IOException {
    Map<String, String> image = Map.of("KVORUM_DEFAULT_CONFIG_FILE", file("name: from-file\n"));
    assertThat(FlagValues.resolve(Map.of(), image).values())
        .containsOnly(Map.entry("name", "from-file"));
    assertThat(FlagValues.resolve(Map.of(), Map.of("KVORUM_DEFAULT_NAMES", "x")).warnings())
        .containsExactly(
            "unknown variable KVORUM_DEFAULT_NAMES, did you mean KVORUM_DEFAULT_NAME?");
  }

  @Test
  void aFormerFlagOfEtcdIsAWarningFromEverySource() throws IOException {
    String line = "--force has no effect: in etcd 3.7 it is ignored, too";
    assertThat(FlagValues.resolve(Map.of("force", "true"), Map.of()).warnings())
        .containsExactly(line);
    assertThat(FlagValues.resolve(Map.of(), Map.of("ETCD_FORCE", "1")).warnings())
        .containsExactly(line);
    assertThat(FlagValues.resolve(Map.of("config-file", file("force: yes\n")), Map.of()).warnings())
        .containsExactly(line);
    assertThat(FlagValues.withoutEffect(Map.of("kvorum.force", "x")::get)).containsExactly(line);
    assertThat(FlagValues.resolve(Map.of("config", "x.yml"), Map.of()).warnings())
        .containsExactly(
            "--config has no effect: in etcd 3.7 it is ignored, too; write --config-file");
  }

  /** All that etcd 3.7.1 takes and does not use. */
  @Test
  void theFlagsThatEtcdIgnoresAreKnown() {
    for (String name :
        List.of(
            "cluster-active-size",
            "cluster-remove-delay",
            "cluster-sync-interval",
            "config",
            "force",
            "max-result-buffer",
            "max-retry-attempts",
            "peer-heartbeat-interval",
            "peer-election-timeout",
            "retry-interval",
            "snapshot",
            "v",
            "vv",
            "test.coverprofile",
            "test.outputdir",
            "max-snapshots",
            "v2-deprecation")) {
      assertThat(FlagValues.resolve(Map.of(name, "3"), Map.of()).warnings())
          .as(name)
          .singleElement()
          .asString()
          .startsWith("--" + name + " has no effect: ");
    }
  }

  @Test
  void propertiesThatMakeNoDifferenceAreWarningsAndCheckedForTheirForm() {
    Map<String, String> properties =
        Map.of(
            "kvorum.pre-vote", "false",
            "kvorum.name", "m1",
            "kvorum.feature-gates", "SetMemberLocalAddr=true");
    assertThat(FlagValues.withoutEffect(properties::get))
        .containsExactly(
            "the feature gate SetMemberLocalAddr has no effect: the system chooses the local"
                + " address of connections to other members.",
            "--pre-vote has no effect: a pre-vote always comes first, so that a member that was"
                + " cut off disturbs no leader.");
    assertThatThrownBy(() -> FlagValues.withoutEffect(Map.of("kvorum.pre-vote", "perhaps")::get))
        .isInstanceOf(ConfigurationException.class);
  }

  private static final String EMPTY_VALUES =
      """
      listen-peer-urls: ""
      listen-client-urls: ""
      listen-client-http-urls: ""
      listen-metrics-urls: ""
      initial-advertise-peer-urls: ""
      advertise-client-urls: ""
      initial-cluster-state: ""
      cors: ""
      host-whitelist: ""
      feature-gates: ""
      tls-min-version: ""
      tls-max-version: ""
      auto-compaction-retention: ""
      metrics: ""
      log-outputs: []
      log-level: ""
      log-format: ""
      cipher-suites: []
      data-dir: ""
      wal-dir: ""
      self-signed-cert-validity: 0
      """;

  @Test
  void whatIsEmptyInAFileHasItsDefaultWhereItHasInEtcd() throws IOException {
    FlagValues values = FlagValues.resolve(Map.of("config-file", file(EMPTY_VALUES)), Map.of());
    assertThat(MemberConfig.fromFlags(values::get)).isEqualTo(MemberConfig.fromFlags(flag -> null));
    assertThat(values.warnings()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"name", "auto-compaction-mode", "logger", "auth-token", "heartbeat-interval"})
  void whatEtcdRefusesIfItIsEmptyInAFileIsRefused(String key) throws IOException {
    FlagValues values = FlagValues.resolve(Map.of("config-file", file(key + ": \"\"\n")), Map.of());
    assertThatThrownBy(() -> MemberConfig.fromFlags(values::get))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("invalid value \"\" for flag --" + key + ": ");
  }

  @Test
  void anEmptyAdminUrlInAFileStillMeansNone() throws IOException {
    String file = file("kvorum-admin-url: \"\"\n");
    assertThat(FlagValues.resolve(Map.of("config-file", file), Map.of()).get("kvorum-admin-url"))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "listen-peer-urls",
        "listen-client-urls",
        "initial-cluster-state",
        "cors",
        "log-outputs"
      })
  void whatIsEmptyOnTheCommandLineIsNotTheDefault(String flag) {
    FlagValues values = FlagValues.resolve(Map.of(flag, ""), Map.of());
    assertThatThrownBy(() -> MemberConfig.fromFlags(values::get))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("invalid value \"\" for flag --" + flag + ": ");
  }

  @Test
  void anEmptyHostWhitelistOnTheCommandLineNamesNoHost() {
    FlagValues values = FlagValues.resolve(Map.of("host-whitelist", ""), Map.of());
    assertThat(MemberConfig.fromFlags(values::get).http().hosts()).containsExactly("");
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
            max-snapshots: 7
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
            "--max-snapshots has no effect: Kvorum has no snapshot files: its store takes their"
                + " place.",
            "proxy in line 6 of " + file + " has no effect: etcd 3.7 does not have it",
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
