package io.kvorum.boot.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CommandLineFlagsTest {
  private final CommandLineFlags flags = new CommandLineFlags();

  @Test
  void valuesFollowABlankOrAnEqualsSignAndOneDashIsAsGoodAsTwo() throws Exception {
    assertThat(flags.parse("--name", "a", "-data-dir=b=c", "--wal-dir="))
        .isEqualTo(
            new CommandLineFlags.Request.Run(
                Map.of("name", "a", "data-dir", "b=c", "wal-dir", "")));
  }

  @Test
  void aBooleanWithoutAValueIsTrue() throws Exception {
    assertThat(flags.parse("--force-new-cluster", "--pre-vote=false"))
        .isEqualTo(
            new CommandLineFlags.Request.Run(
                Map.of("force-new-cluster", "true", "pre-vote", "false")));
  }

  @Test
  void aFormerFlagOfEtcdHasAnyValueAfterAnEqualsSignOrNone() throws Exception {
    assertThat(flags.parse("-v", "--force=x", "-test.outputdir=/d", "--snapshot", "--name=a"))
        .isEqualTo(
            new CommandLineFlags.Request.Run(
                Map.of(
                    "v", "true",
                    "force", "x",
                    "test.outputdir", "/d",
                    "snapshot", "true",
                    "name", "a")));
  }

  @Test
  void prepareIsACommand() throws Exception {
    assertThat(flags.parse("prepare")).isEqualTo(new CommandLineFlags.Request.Prepare());
  }

  @Test
  void theLastOfSeveralValuesCounts() throws Exception {
    assertThat(flags.parse("--name=a", "--name=b"))
        .isEqualTo(new CommandLineFlags.Request.Run(Map.of("name", "b")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"help", "-h", "-help", "--help", "--name=a --help"})
  void helpIsACommandOrAFlag(String line) throws Exception {
    assertThat(flags.parse(line.split(" ")))
        .isEqualTo(new CommandLineFlags.Request.Print(HelpText.of(false)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help-all", "-help-all", "help --help-all"})
  void allFlagsAreInTheLongerHelp(String line) throws Exception {
    assertThat(flags.parse(line.split(" ")))
        .isEqualTo(new CommandLineFlags.Request.Print(HelpText.of(true)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"version", "--version", "-version"})
  void versionIsACommandOrAFlag(String argument) throws Exception {
    assertThat(flags.parse(argument)).isEqualTo(new CommandLineFlags.Request.Print(Version.text()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--listen-client-url=x | unknown flag --listen-client-url,"
            + " did you mean --listen-client-urls?",
        "-data_dir x | unknown flag -data_dir, did you mean --data-dir?",
        "--hlep | unknown flag --hlep, did you mean --help?",
        "--dir x | unknown flag --dir, did you mean --data-dir or --wal-dir or --backup-dir?",
        "--colour | unknown flag --colour",
        "--name | flag needs an argument: --name",
        "verison | unexpected argument \"verison\", did you mean version?",
        "start | unexpected argument \"start\"",
        "help me | unexpected argument \"me\"",
        "--name a version | unexpected argument \"version\"",
        "--config /etc/etcd.yml | unexpected argument \"/etc/etcd.yml\"",
        "-v 3 | unexpected argument \"3\"",
        "-vvv | unknown flag -vvv",
      })
  void whatCannotBeUnderstoodIsAnsweredInOneLineWithWhatIsLikelyMeant(String line, String message) {
    LaunchException refused =
        catchThrowableOfType(LaunchException.class, () -> flags.parse(line.split(" ")));
    assertThat(refused).hasMessage(message + " (kvorum --help lists the flags)");
    assertThat(refused.status()).isEqualTo(2);
  }

  /** Seeded: pieces of flags, and any characters. */
  @Test
  void noCommandLineIsAnsweredWithMoreThanOneLineOrTheNameOfAClass() {
    Random random = new Random(20_261_130);
    List<String> pieces =
        List.of(
            "-", "--", "=", "name", "data-dir", "pre-vote", " ", "\n", "@file", "${x}", "%s", "");
    for (int i = 0; i < 2_000; i++) {
      String[] arguments = new String[1 + random.nextInt(3)];
      for (int n = 0; n < arguments.length; n++) {
        arguments[n] =
            pieces.get(random.nextInt(pieces.size()))
                + pieces.get(random.nextInt(pieces.size()))
                + (char) random.nextInt(0x300)
                + pieces.get(random.nextInt(pieces.size()));
      }
      try {
        flags.parse(arguments);
      } catch (LaunchException refused) {
        assertThat(refused.getMessage())
            .as(List.of(arguments).toString())
            .doesNotContain("java.", "Exception", "picocli")
            .doesNotContainPattern("\\p{Cntrl}");
      }
    }
  }
}
