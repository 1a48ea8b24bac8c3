package io.kvorum.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.Paired;
import io.kvorum.testing.ServerUnderTest;
import io.kvorum.testing.SharedServer;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Short loads of every kind: each answer must be right, whatever the speed. */
@ExtendWith(SharedServer.class)
@Paired
final class LoadGeneratorIT {

  private final URI endpoint;
  private final String prefix;

  LoadGeneratorIT(ServerUnderTest server, TestInfo test) {
    endpoint = server.endpoint();
    prefix = "load-" + Integer.toHexString(ServerUnderTest.prefix(test).hashCode()) + "/";
  }

  @BeforeEach
  void fill() throws IOException, InterruptedException {
    LoadResult result = load("--scenario fill --in-flight 16 --connections 2");
    assertThat(result.operations()).isEqualTo(500);
  }

  private LoadResult load(String arguments) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of(arguments.split(" ")));
    all.addAll(List.of("--endpoint", endpoint.toString(), "--key-prefix", prefix, "--keys", "500"));
    all.addAll(List.of("--warmup", "0.2", "--seconds", "1"));
    try (Network network = new Network(1)) {
      LoadResult result = LoadGenerator.run(LoadOptions.parse(all), network);
      assertThat(result.errors()).as("errors, the first is %s", result.firstError()).isZero();
      assertThat(result.operations()).isPositive();
      return result;
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Scenario.class,
      names = {"put", "get", "serializable", "range", "mixed", "txn"})
  void everyAnswerIsRightOverGrpcAndOverJson(Scenario scenario)
      throws IOException, InterruptedException {
    load("--scenario " + scenario + " --in-flight 32 --connections 4");
    load("--scenario " + scenario + " --protocol json --in-flight 8 --connections 8");
  }

  @Test
  void aThousandWatchersOfOneKeySeeEveryEventInOrder() throws IOException, InterruptedException {
    load("--scenario watch --watchers 1000 --rate 20 --in-flight 4 --connections 4");
  }

  @Test
  void watchersSeeEveryEventOfAWriterThatNeverPauses() throws IOException, InterruptedException {
    load("--scenario watch --watchers 20 --rate 0 --in-flight 2 --connections 2");
  }

  @ParameterizedTest
  @EnumSource(StuckWatcher.Kind.class)
  void putsGoOnBesideAWatcherThatReadsNothing(StuckWatcher.Kind kind)
      throws IOException, InterruptedException {
    LoadResult result =
        load(
            "--scenario put --in-flight 32 --connections 4 --value-size 16000"
                + " --stuck-watchers 3 --stuck "
                + kind);
    assertThat(result.operations())
        .as("far more than any buffer between the server and the watcher holds")
        .isGreaterThan(300);
  }
}
