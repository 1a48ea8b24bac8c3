package io.kvorum.boot.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.boot.config.Flag;
import io.kvorum.boot.config.Flags;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HelpTextTest {
  private static final Pattern ENTRY = Pattern.compile("^    --([a-z0-9.-]+)[=\\[].*");
  private static final int COLUMNS = 100;

  private final String help = HelpText.of(false);
  private final String helpOfAll = HelpText.of(true);

  @Test
  void listsEachFlagThatWorksOnce() {
    assertThat(entries(help)).containsExactlyElementsOf(names(Flag.Status.WORKS));
  }

  @Test
  void listsTheOthersOnlyWhenAllAreAskedFor() {
    assertThat(entries(helpOfAll)).containsExactlyElementsOf(names(Flag.Status.values()));
    assertThat(helpOfAll)
        .contains("--discovery-token=<string>  (refused)")
        .contains("--max-wals=<uint>  (no effect)");
    assertThat(help.lines()).hasSizeLessThan(400).noneMatch(line -> line.contains("(refused)"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void fitsItsColumnsWithoutBlanksAtTheEndsOfLines(boolean all) {
    assertThat(HelpText.of(all).lines())
        .allMatch(line -> line.length() <= COLUMNS)
        .noneMatch(line -> line.endsWith(" ") || line.contains("%"));
  }

  @Test
  void neverBreaksADefault() {
    for (Flag flag : Flags.all()) {
      boolean hasEffect =
          flag.status() == Flag.Status.WORKS || flag.status() == Flag.Status.REFUSED;
      if (hasEffect && !flag.defaultValue().isEmpty()) {
        assertThat(helpOfAll).containsPattern("\\(default: " + Pattern.quote(flag.defaultValue()));
      }
    }
  }

  @Test
  void neverBreaksAWordOfADescription() {
    List<String> words = helpOfAll.lines().flatMap(line -> Stream.of(line.split(" "))).toList();
    for (Flag flag : Flags.all()) {
      assertThat(words).as(flag.name()).contains(flag.description().split(" "));
    }
  }

  @Test
  void hasTheSectionsOfAManualPage() {
    assertThat(help.lines().filter(line -> line.matches("[A-Z ]+")))
        .containsExactly(
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "FLAGS",
            "ENVIRONMENT",
            "FILES",
            "EXIT STATUS",
            "EXAMPLES",
            "SEE ALSO");
  }

  private static List<String> entries(String text) {
    return text.lines()
        .map(ENTRY::matcher)
        .filter(line -> line.matches())
        .map(line -> line.group(1))
        .toList();
  }

  private static List<String> names(Flag.Status... listed) {
    return Flags.all().stream()
        .filter(flag -> List.of(listed).contains(flag.status()))
        .map(Flag::name)
        .toList();
  }
}
