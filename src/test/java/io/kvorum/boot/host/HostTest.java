package io.kvorum.boot.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class HostTest {
  @Test
  void aFailureInAForeignLibertyIsLeftToTheApplication() {
    IOException cause = new IOException("no space left");
    assertThat(Host.ofThisJvm().fail("flush failed", cause))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("flush failed")
        .hasCause(cause);
  }

  @Test
  @Timeout(300)
  void aFailureUnderTheLauncherEndsTheProcessWithOneLine() throws Exception {
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
      throw Host.ofThisJvm().fail("flush failed", new IOException("no space left"));
    }
  }
}
