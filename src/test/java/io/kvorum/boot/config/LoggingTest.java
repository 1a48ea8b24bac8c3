package io.kvorum.boot.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.support.Rotation;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class LoggingTest {
  private static Logging of(String... flagsAndValues) {
    Map<String, String> flags = new HashMap<>();
    for (int i = 0; i < flagsAndValues.length; i += 2) {
      flags.put(flagsAndValues[i], flagsAndValues[i + 1]);
    }
    return Logging.from(new Settings(flags::get));
  }

  private static void assertRefused(String message, String... flagsAndValues) {
    assertThatThrownBy(() -> of(flagsAndValues))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(message);
  }

  @Test
  void withoutFlagsTextGoesToStderr() {
    assertThat(of().isPlain()).isTrue();
    assertThat(of("log-outputs", "stderr").isPlain()).isTrue();
    assertThat(of("log-format", "json").isPlain()).isFalse();
    assertThat(of("log-outputs", "stdout").isPlain()).isFalse();
  }

  @Test
  void allLevelsOfEtcdAreTaken() {
    for (String level :
        new String[] {"debug", "info", "warn", "error", "dpanic", "panic", "fatal"}) {
      assertThat(of("log-level", level).level().name()).isEqualToIgnoringCase(level);
    }
    assertRefused(
        "invalid value \"trace\" for flag --log-level: must be debug, info, warn, error, dpanic,"
            + " panic or fatal",
        "log-level",
        "trace");
  }

  @Test
  void outputsAreStreamsAndFiles() {
    Logging logging = of("log-outputs", "stderr,stdout, /var/log/a.log,b.log");
    assertThat(logging.streams()).isEqualTo(Set.of(Logging.Stream.STDERR, Logging.Stream.STDOUT));
    assertThat(logging.files())
        .containsExactly(Path.of("/var/log/a.log"), Path.of("b.log").toAbsolutePath());
    assertThat(of("log-outputs", "systemd/journal").streams())
        .containsExactly(Logging.Stream.JOURNAL);
  }

  @Test
  void outputsThatContradictEachOtherAreRefused() {
    assertRefused(
        "invalid value \"default,stdout\" for flag --log-outputs: default cannot be combined with"
            + " others; write stderr",
        "log-outputs",
        "default,stdout");
    assertRefused(
        "invalid value \"stderr,,a\" for flag --log-outputs: an output has no name",
        "log-outputs",
        "stderr,,a");
    assertRefused(
        "invalid value \"stderr,systemd/journal\" for flag --log-outputs: systemd/journal is"
            + " stderr; name one of them",
        "log-outputs",
        "stderr,systemd/journal");
    assertRefused(
        "invalid value \"a,./a\" for flag --log-outputs: a file is named twice",
        "log-outputs",
        "a,./a");
  }

  @Test
  void formatsAndLoggersThatDoNotExistAreRefused() {
    assertRefused(
        "invalid value \"text\" for flag --log-format: must be json or console",
        "log-format",
        "text");
    assertRefused(
        "invalid value \"capnslog\" for flag --logger: must be zap", "logger", "capnslog");
  }

  @Test
  void aFileIsRotatedAsLumberjackDoes() {
    assertThat(rotation("{}")).isEqualTo(new Rotation(100L << 20, 0, Duration.ZERO));
    assertThat(
            rotation(
                "{\"maxsize\": 5, \"MaxAge\": 7, \"maxbackups\": 3, \"localtime\": true,"
                    + " \"compress\": true}"))
        .isEqualTo(new Rotation(5L << 20, 3, Duration.ofDays(7), ZoneId.systemDefault(), true));
  }

  private static Rotation rotation(String json) {
    return of(
            "log-outputs",
            "stderr,/a.log",
            "enable-log-rotation",
            "true",
            "log-rotation-config-json",
            json)
        .rotation();
  }

  @Test
  void withoutRotationAFileGrows() {
    assertThat(of("log-outputs", "/a.log", "log-rotation-config-json", "{").rotation())
        .isEqualTo(Rotation.none());
  }

  @Test
  void rotationNeedsOneFile() {
    for (String outputs : new String[] {"default", "stderr,stdout", "/a,/b"}) {
      assertRefused(
          "invalid value \""
              + outputs
              + "\" for flag --log-outputs: --enable-log-rotation needs exactly one file there, as"
              + " in stderr,/var/log/kvorum.log",
          "log-outputs",
          outputs,
          "enable-log-rotation",
          "true");
    }
  }

  @Test
  void aRotationThatIsWrongIsRefusedInOneLine() {
    assertRotationRefused("{\"maxsize\": ", "not JSON");
    assertRotationRefused("[]", "not a JSON object");
    assertRotationRefused(
        "{\"maxfiles\": 1}",
        "\"maxfiles\" is none of maxsize, maxage, maxbackups, localtime, compress");
    for (String wrong : new String[] {"-1", "1.5", "\"5\"", "1e99", "true"}) {
      assertRotationRefused(
          "{\"maxsize\": " + wrong + "}", "\"maxsize\" must be a whole number from 0 to 1048576");
    }
    assertRotationRefused("{\"compress\": 1}", "\"compress\" must be true or false");
  }

  private static void assertRotationRefused(String json, String reason) {
    assertRefused(
        "invalid value \"" + json + "\" for flag --log-rotation-config-json: " + reason,
        "log-outputs",
        "/a.log",
        "enable-log-rotation",
        "true",
        "log-rotation-config-json",
        json);
  }
}
