package io.kvorum.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is decided before a command does anything. */
final class ProgramTest {
  @ParameterizedTest
  @CsvSource({
    "alarm list x, alarm list command accepts no arguments, 128",
    "alarm disarm x, alarm disarm command accepts no arguments, 128",
    "downgrade validate, TARGET_VERSION not provided, 128",
    "downgrade enable 3.6 3.5, too many arguments, 128",
    "downgrade cancel -w table, table not supported as output format, 4",
    "snapshot save, snapshot save expects one argument <filename>, 128",
    "snapshot save a b, snapshot save expects one argument <filename>, 128",
    "endpoint health -w xml, unsupported output format, 4",
    "endpoint health -w protobuf, protobuf not supported as output format, 4",
    "alarm list -w table, table not supported as output format, 4"
  })
  void aRefusalIsOneLineAndAStatus(String line, String message, int status) throws Exception {
    RunTool run = RunTool.with(line.split(" ", -1));
    assertThat(run.err()).containsExactly("Error: " + message);
    assertThat(run.out()).isEmpty();
    assertThat(run.status()).isEqualTo(status);
  }

  @ParameterizedTest
  @CsvSource({
    "--nope, unknown flag: --nope",
    "member list --rev=1, unknown flag: --rev",
    "endpoint hashkv --rev, flag needs an argument: --rev"
  })
  void aWrongFlagIsAnsweredWithTheUsage(String line, String message) throws Exception {
    RunTool run = RunTool.with(line.split(" ", -1));
    assertThat(run.err()).startsWith("Error: " + message).contains("Usage:");
    assertThat(run.out()).isEmpty();
    assertThat(run.status()).isEqualTo(1);
  }

  @Test
  void unknownCommandsAreNamed() throws Exception {
    RunTool run = RunTool.with("nope");
    assertThat(run.err())
        .containsExactly(
            "Error: unknown command \"nope\" for \"kvorumctl\"",
            "Run 'kvorumctl --help' for usage.");
    assertThat(run.status()).isEqualTo(1);
    run = RunTool.with("endpoint", "nope");
    assertThat(run.err().get(0))
        .isEqualTo("Error: unknown command \"nope\" for \"kvorumctl endpoint\"");
    assertThat(run.status()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "help", "--help", "-h", "--endpoints=x --help"})
  void theHelpNamesEachCommandAndEachFlag(String line) throws Exception {
    RunTool run = RunTool.with(line.isEmpty() ? new String[0] : line.split(" ", -1));
    assertThat(run.status()).isZero();
    String help = String.join("\n", run.out());
    Commands.ALL.forEach(command -> assertThat(help).contains("\n  " + command.name()));
    GlobalFlags.ALL.forEach(
        flag -> assertThat(help).contains("--" + flag.name()).contains(flag.variable()));
  }

  @Test
  void aGroupAndACommandHaveHelpOfTheirOwn() throws Exception {
    RunTool group = RunTool.with("endpoint");
    assertThat(group.status()).isZero();
    assertThat(String.join("\n", group.out()))
        .contains("endpoint hashkv")
        .doesNotContain("member list");
    for (String line : new String[] {"help endpoint hashkv", "endpoint hashkv --help"}) {
      RunTool command = RunTool.with(line.split(" ", -1));
      assertThat(command.status()).isZero();
      assertThat(String.join("\n", command.out())).contains("--rev <int>");
    }
  }

  @Test
  void theVersionIsInEtcdctlsForm() throws Exception {
    RunTool run = RunTool.with("version");
    assertThat(run.out().get(0)).matches("etcdctl version: \\d+\\.\\d+\\.\\d+");
    assertThat(run.out().get(1)).matches("API version: \\d+\\.\\d+");
    assertThat(run.status()).isZero();
  }
}
