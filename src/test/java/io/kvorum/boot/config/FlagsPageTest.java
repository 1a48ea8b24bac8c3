package io.kvorum.boot.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The page {@code docs/flags.md} is the table of {@link Flags}. {@code mvn test
 * -Dtest=FlagsPageTest -Dkvorum.write=true} writes it anew.
 */
final class FlagsPageTest {
  private static final Path PAGE = Path.of("docs/flags.md");

  private static final String HEAD =
      """
      # Flags

      All flags of etcd 3.7, and Kvorum's own in the last group. Each is also a variable (`--data-dir` is
      `ETCD_DATA_DIR`, `--kvorum-admin-url` is `KVORUM_ADMIN_URL`), a key of the file that `--config-file`
      names (`data-dir`), and a property of MicroProfile Config (`kvorum.data-dir`). A flag together with
      its variable is refused, as in etcd, with exit status 1, even if both say the same or the variable is
      empty. The file replaces all flags and variables. `KVORUM_DEFAULT_DATA_DIR` and so on, for images and
      units, count where none of these has a value.

      | status | a value that is not the default |
      |---|---|
      | works | has the effect that etcd's has, or the one that is said here |
      | no effect | is accepted with a warning: it tunes something that Kvorum does not have |
      | refused | prevents the start with exit status 2, since ignoring it would be harmful |

      In the file, an unknown key prevents the start. So does an unknown flag, and in a Liberty of your own a
      property that begins with `kvorum.` and is misspelled. An unknown variable is a warning: Kubernetes
      makes some that begin with `ETCD_` for a service of that name. A key whose value is empty has its
      default where it has in etcd, as `host-whitelist: ""`.
      """;

  private static final String GATES =
      """

      ## Feature gates

      The gates of etcd 3.7 are switched by `--feature-gates`, as in `CompactHashCheck=true`; `AllAlpha` and
      `AllBeta` stand for those of a stage that are not named. One that has no effect and is switched is a
      warning. `LeaseCheckpointPersist` needs `LeaseCheckpoint`, as in etcd.

      | gate | stage | default | status | |
      |---|---|---|---|---|
      """;

  @Test
  void thePageIsTheTable() throws IOException {
    String page = page();
    if (Boolean.getBoolean("kvorum.write")) {
      Files.writeString(PAGE, page);
    }
    assertThat(Files.readString(PAGE))
        .as("mvn test -Dtest=FlagsPageTest -Dkvorum.write=true writes " + PAGE)
        .isEqualTo(page);
  }

  @Test
  void everyFlagThatDoesNotWorkSaysWhy() {
    assertThat(Flags.all())
        .allSatisfy(flag -> assertThat(flag.reason().isEmpty()).isEqualTo(flag.isWorking()));
  }

  /** What was accepted for a while, without an effect, is decided one by one. */
  @Test
  void theFlagsThatAreRefusedAreKnownByName() {
    Map<Flag.Status, List<String>> names =
        Flags.all().stream()
            .filter(flag -> !flag.name().startsWith("discovery"))
            .collect(
                Collectors.groupingBy(
                    Flag::status,
                    TreeMap::new,
                    Collectors.mapping(Flag::name, Collectors.toList())));
    assertThat(names.get(Flag.Status.REFUSED)).contains("memory-mlock", "socket-reuse-port");
    assertThat(names.get(Flag.Status.NO_EFFECT))
        .containsExactly(
            "initial-election-tick-advance",
            "max-snapshots",
            "max-wals",
            "backend-bbolt-freelist-type",
            "backend-batch-interval",
            "backend-batch-limit",
            "raft-read-timeout",
            "raft-write-timeout",
            "pre-vote",
            "v2-deprecation",
            "client-cert-file",
            "client-key-file",
            "compaction-batch-limit",
            "bootstrap-defrag-threshold-megabytes",
            "compaction-sleep-interval",
            "downgrade-check-time",
            "snapshot-catchup-entries",
            "unsafe-no-fsync",
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
            "test.outputdir");
  }

  private static String page() {
    StringBuilder page = new StringBuilder(HEAD);
    String group = "";
    for (Flag flag : Flags.all()) {
      if (!flag.group().equals(group)) {
        group = flag.group();
        page.append("\n## ").append(group).append("\n\n");
        page.append("| flag | default | status | |\n|---|---|---|---|\n");
      }
      page.append(
          "| `--%s` %s | %s | %s | %s |\n"
              .formatted(
                  flag.name(),
                  flag.kind().label(),
                  flag.defaultValue().isEmpty() ? "" : "`" + flag.defaultValue() + "`",
                  status(flag),
                  flag.description().replace("<", "&lt;")));
    }
    return page.append(GATES).append(gates()).toString();
  }

  private static String gates() {
    return Stream.of(FeatureGates.Gate.values())
        .map(
            gate ->
                "| `%s` | %s | %s | %s | %s |\n"
                    .formatted(
                        gate.label(),
                        gate.stage().toLowerCase(Locale.ROOT),
                        gate.isOnByDefault() ? "on" : "off",
                        gate.works() ? "works" : "no effect",
                        sentence(gate.explanation())))
        .collect(Collectors.joining());
  }

  private static String sentence(String text) {
    return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
  }

  private static String status(Flag flag) {
    return switch (flag.status()) {
      case WORKS -> "works";
      case NO_EFFECT -> "no effect";
      case REFUSED -> "refused";
    };
  }
}
