package io.kvorum.boot.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SpellingTest {
  private static final List<String> USEFUL =
      Flags.all().stream()
          .filter(flag -> flag.status() == Flag.Status.WORKS)
          .map(Flag::name)
          .toList();

  @ParameterizedTest
  @CsvSource({
    "listen-client-url, listen-client-urls",
    "initial-clutser, initial-cluster",
    "initial-cluster-stat, initial-cluster-state",
    "auto-compaction-retension, auto-compaction-retention",
    "nmae, name",
    "cert-fle, cert-file",
    "forcenewcluster, force-new-cluster"
  })
  void aMisspelledNameIsTheOneWithTheFewestMistakes(String word, String meant) {
    assertThat(likely(word)).containsExactly(meant);
  }

  @Test
  void aFlagThatEtcdHasGivenUpIsNeverMeant() {
    assertThat(likely("config-fle")).containsExactly("config-file");
    assertThat(likely("confg")).isEmpty();
    assertThat(likely("w")).isEmpty();
  }

  @Test
  void underscoresAreDashes() {
    assertThat(likely("data_dir")).containsExactly("data-dir");
  }

  @Test
  void aFlagThatEtcdOnceCalledExperimentalIsFoundByItsPresentName() {
    assertThat(likely("experimental-watch-progress-notify-interval"))
        .containsExactly("watch-progress-notify-interval");
  }

  @Test
  void anAbbreviationIsEveryUsefulNameThatContainsIt() {
    assertThat(likely("wal")).containsExactly("wal-dir");
    assertThat(likely("client-urls"))
        .containsExactly("listen-client-urls", "advertise-client-urls");
    assertThat(likely("insecure")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"colour", "port", "x", "", "urls", "initial", "enable-v2"})
  void anythingElseIsNotGuessed(String word) {
    assertThat(likely(word)).isEmpty();
  }

  private static List<String> likely(String word) {
    return Spelling.likely(word, Flags.names(), USEFUL);
  }
}
