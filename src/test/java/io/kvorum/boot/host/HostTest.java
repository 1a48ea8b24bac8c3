package io.kvorum.boot.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.boot.config.ConfigurationException;
import io.kvorum.boot.config.DataDirectory;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.testing.Ports;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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
    Process process = run(Dying.class, file);
    String stderr = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(1);
    assertThat(stderr.lines())
        .singleElement()
        .asString()
        .endsWith("Z error OwnProcess: cannot write \"" + file + "\": a file is in the way");
    assertThat(process.getInputStream().readAllBytes()).isEmpty();
  }

  @Test
  @Timeout(300)
  void twoStopsAtOnceAreOneThatBothWaitFor() throws Exception {
    Process process = run(StoppedTwice.class, directory.resolve("m"));
    String stderr = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(stderr).isZero();
    for (String line : List.of("stopping", "stopped")) {
      assertThat(stderr.lines().filter(one -> one.endsWith(" OwnProcess: " + line)))
          .as(stderr)
          .hasSize(1);
    }
    assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines())
        .containsExactly("the directory is free", "the directory is free");
  }

  private static Process run(Class<?> main, Path directory) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            main.getName(),
            directory.toString())
        .start();
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

  /** A member that two threads stop at the same moment. */
  static final class StoppedTwice {
    private StoppedTwice() {}

    public static void main(String[] arguments) throws Exception {
      Map<String, String> flags =
          Map.of(
              "data-dir", arguments[0],
              "listen-client-urls", Ports.freeUrl().toString(),
              "listen-peer-urls", Ports.freeUrl().toString());
      MemberConfig config = MemberConfig.fromFlags(flags::get);
      OwnProcess process = OwnProcess.of(config, 1, SystemdNotifier.fromEnvironment(Map.of()));
      process.start().get(60, TimeUnit.SECONDS);
      CyclicBarrier both = new CyclicBarrier(2);
      ExecutorService signals = Executors.newFixedThreadPool(2);
      Callable<Void> stop = () -> stop(process, config, both);
      for (Future<Void> stopped : signals.invokeAll(List.of(stop, stop))) {
        stopped.get(60, TimeUnit.SECONDS);
      }
      Runtime.getRuntime().halt(0);
    }

    private static Void stop(OwnProcess process, MemberConfig config, CyclicBarrier both)
        throws Exception {
      both.await();
      process.stop();
      synchronized (process) {
        DataDirectory.hold(config).close();
        System.out.println("the directory is free");
      }
      return null;
    }
  }
}
