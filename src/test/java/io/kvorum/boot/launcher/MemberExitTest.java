package io.kvorum.boot.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class MemberExitTest {
  @Test
  void inAForeignLibertyItOnlyTellsTheApplicationWhatToThrow() {
    IOException cause = new IOException("no space left");
    assertThat(MemberExit.because("flush failed", cause))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("flush failed")
        .hasCause(cause);
  }

  @Test
  @Timeout(300)
  void underTheLauncherItEndsTheProcessWithOneLine() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dkvorum.launcher=true",
                "-cp",
                System.getProperty("java.class.path"),
                Dying.class.getName())
            .start();
    String stderr = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(1);
    assertThat(stderr.lines()).containsExactly("kvorum: flush failed");
    assertThat(process.getInputStream().readAllBytes()).isEmpty();
  }

  /** A member that gives up. */
  static final class Dying {
    private Dying() {}

    public static void main(String[] arguments) {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("clean stop")));
      throw MemberExit.because("flush failed", new IOException("no space left"));
    }
  }
}
