package io.kvorum.boot.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.audit.AuditLevel;
import io.kvorum.audit.AuditPolicy;
import io.kvorum.audit.AuditRule;
import io.kvorum.model.Bytes;
import io.kvorum.support.Rotation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuditTest {
  @TempDir private Path directory;

  private static Optional<Audit> audit(Map<String, String> flags) {
    return MemberConfig.fromFlags(flags::get).audit();
  }

  private AuditPolicy policy(String yaml) throws IOException {
    Path file = Files.writeString(directory.resolve("policy.yaml"), yaml);
    return audit(Map.of("audit-log-path", "-", "audit-policy-file", file.toString()))
        .orElseThrow()
        .policy();
  }

  @Test
  void thereIsNoLogUnlessItHasAPath() {
    assertThat(audit(Map.of())).isEmpty();
    assertThat(audit(Map.of("audit-log-path", "-")))
        .contains(
            new Audit(
                Optional.empty(),
                new Rotation(100L << 20, 0, Duration.ZERO),
                AuditPolicy.metadataOfAll()));
    assertThat(
            audit(
                Map.of(
                    "audit-log-path", "/var/log/../audit.log",
                    "audit-log-maxsize", "5",
                    "audit-log-maxbackup", "6",
                    "audit-log-maxage", "7")))
        .contains(
            new Audit(
                Optional.of(Path.of("/var/audit.log")),
                new Rotation(5L << 20, 6, Duration.ofDays(7)),
                AuditPolicy.metadataOfAll()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "audit-policy-file",
        "audit-log-maxsize",
        "audit-log-maxbackup",
        "audit-log-maxage"
      })
  void aSettingOfALogThatThereIsNotIsRefused(String flag) {
    assertThatThrownBy(() -> audit(Map.of(flag, "1")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage("invalid value \"1\" for flag --" + flag + ": needs --audit-log-path");
  }

  @Test
  void aPolicyIsAListOfRules() throws IOException {
    assertThat(
            policy(
                """
                rules:
                - level: None
                  methods: [KV/Range, Lease/*]
                - level: Request
                  users: [alice]
                  prefixes: [/registry/secrets/]
                - level: Metadata
                """))
        .isEqualTo(
            new AuditPolicy(
                List.of(
                    new AuditRule(
                        AuditLevel.NONE, Set.of(), Set.of("KV/Range", "Lease/*"), List.of()),
                    new AuditRule(
                        AuditLevel.REQUEST,
                        Set.of("alice"),
                        Set.of(),
                        List.of(Bytes.utf8("/registry/secrets/"))),
                    new AuditRule(AuditLevel.METADATA, Set.of(), Set.of(), List.of()))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          rule: []                                    | it must have a list of rules, and nothing else
          rules: []                                   | it must have a list of rules, and nothing else
          '{rules: [{level: None}], more: 1}'         | it must have a list of rules, and nothing else
          rules: [1]                                  | rule 1 is not a mapping
          'rules: [{level: None}, {level: metadata}]' | rule 2: level must be None, Metadata or Request
          'rules: [{users: [a]}]'                     | rule 1: level must be None, Metadata or Request
          'rules: [{level: None, user: [a]}]'         | rule 1: unknown name "user"; there are level, users, methods and prefixes
          'rules: [{level: None, methods: [Put]}]'    | rule 1: unknown method "Put"; they are written as KV/Put, or KV/*
          'rules: [{level: None, users: alice}]'      | rule 1: users must be a list of texts
          'rules: [{level: None, prefixes: []}]'      | rule 1: prefixes must be a list of texts
          """)
  void aPolicyThatIsMisspeltIsRefused(String yaml, String reason) {
    assertThatThrownBy(() -> policy(yaml))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(
            "cannot use --audit-policy-file \""
                + directory.resolve("policy.yaml")
                + "\": "
                + reason);
  }

  @Test
  void aLogThatCannotBeWrittenIsRefused() throws IOException {
    Path inFile = Files.writeString(directory.resolve("file"), "mine").resolve("audit.log");
    assertThatThrownBy(
            () -> audit(Map.of("audit-log-path", inFile.toString())).orElseThrow().open())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("for flag --audit-log-path: ");
  }
}
