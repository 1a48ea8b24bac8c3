package io.kvorum.boot.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.boot.config.ConfigurationException;
import io.kvorum.boot.config.MemberConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

final class HostTest {
  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void aFileIsInTheWayOfTheDataDirectory() throws Exception {
    file = Files.writeString(directory.resolve("data"), "not a directory");
  }

  @Test
  void aFailureInAForeignLibertyIsLeftToTheApplication() {
    Host host = Host.ofThisJvm();
    JsonAccess json = new JsonAccess(0, () -> "elsewhere");
    assertThat(host.ownsProcess()).isFalse();
    assertThat(host.relayPort(name -> null)).isEmpty();
    assertThatThrownBy(() -> host.member(host.configuration(properties(file)::get), json))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("cannot write \"" + file + "\": a file is in the way");
  }

  @Test
  void aForeignLibertyMayNameAPortForTheRelay() {
    Host host = Host.ofThisJvm();
    assertThat(host.relayPort(Map.of("kvorum.relay.port", " 9991 ")::get)).hasValue(9991);
    for (String wrong : new String[] {"0", "65536", "http"}) {
      assertThatThrownBy(() -> host.relayPort(Map.of("kvorum.relay.port", wrong)::get))
          .isInstanceOf(ConfigurationException.class)
          .hasMessage("invalid value \"" + wrong + "\" for kvorum.relay.port: not a port");
    }
  }

  @Test
  @Timeout(300)
  void aFailureUnderTheLauncherEndsTheProcessWithOneLine() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Dying.class.getName(),
                file.toString())
            .start();
    String stderr = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(1);
    assertThat(stderr.lines())
        .singleElement()
        .asString()
        .endsWith("Z error OwnProcess: cannot write \"" + file + "\": a file is in the way");
    assertThat(process.getInputStream().readAllBytes()).isEmpty();
  }

  private static Map<String, String> properties(Path dataDirectory) {
    return Map.of("kvorum.data-dir", dataDirectory.toString());
  }

  /** A member that cannot be started. */
  static final class Dying {
    private Dying() {}

    public static void main(String[] arguments) {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("clean stop")));
      MemberConfig config = MemberConfig.fromProperties(properties(Path.of(arguments[0]))::get);
      OwnProcess.of(config, 1, SystemdNotifier.fromEnvironment(Map.of())).start().join();
    }
  }
}
