package io.kvorum.boot.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.ApiVersion;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class VersionTest {
  private final List<String> lines = Version.text().lines().toList();

  /** As {@code head -1 | awk '{print $3}'} does. */
  @Test
  void theThirdWordOfTheFirstLineIsTheLevelOfTheApi() {
    assertThat(lines.get(0).split(" +")).containsExactly("etcd", "Version:", ApiVersion.SERVER);
  }

  @Test
  void theFirstFourLinesAreThoseOfEtcd() {
    assertThat(lines)
        .extracting(line -> line.replaceFirst(":.*", ""))
        .startsWith("etcd Version", "Git SHA", "Go Version", "Go OS/Arch");
  }

  @Test
  void whatMatchesTheVersionOfEtcdMatchesOnce() {
    assertThat(Pattern.compile("etcd Version: (.+)").matcher(Version.text()).results())
        .extracting((MatchResult match) -> match.group(1))
        .containsExactly(ApiVersion.SERVER);
  }

  @Test
  void itSaysThatTheProgramIsKvorumAndServesTheApiOfEtcd() {
    assertThat(lines)
        .contains("Kvorum Version: " + Version.kvorum())
        .anyMatch(line -> line.startsWith("API Level: etcd " + ApiVersion.SERVER));
  }

  @Test
  void platformsAreWrittenAsInGo() {
    assertThat(Version.platform("Linux", "amd64")).isEqualTo("linux/amd64");
    assertThat(Version.platform("Linux", "aarch64")).isEqualTo("linux/arm64");
    assertThat(Version.platform("Mac OS X", "x86_64")).isEqualTo("darwin/amd64");
    assertThat(Version.platform("Windows Server 2022", "amd64")).isEqualTo("windows/amd64");
  }
}
