package io.kvorum.consensus.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Command;
import io.kvorum.sim.ClientRecord;
import io.kvorum.sim.RecordingState;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kill -9 of a real process on a real Derby log, several times over. */
class KillTest {
  private static final int KILLS = 3;

  @TempDir private Path directory;

  @Test
  void whatWasAcknowledgedBeforeAKillIsThereOnceAfterIt() throws Exception {
    long seed = Long.getLong("kvorum.kill.seed", System.nanoTime());
    Random random = new Random(seed);
    Path log = directory.resolve("wal");
    List<Long> acknowledged = new ArrayList<>();
    for (int kill = 0; kill < KILLS; kill++) {
      acknowledged.addAll(writeUntilKilled(log, kill * 10_000_000, 200 + random.nextInt(3_000)));
    }
    RecordingState state = KillTarget.newState();
    KillTarget.open(log, state).close();
    List<Long> applied = new ArrayList<>();
    for (RecordingState.Applied entry : state.entries()) {
      for (Command command : entry.commands()) {
        applied.add(ClientRecord.numberOf(command));
      }
    }
    assertThat(applied).as("seed %d", seed).doesNotHaveDuplicates().containsAll(acknowledged);
  }

  /** The numbers that were acknowledged before the process died. */
  private static List<Long> writeUntilKilled(Path log, int firstNumber, int mostAnswers)
      throws IOException, InterruptedException {
    Process target =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                KillTarget.class.getName(),
                log.toString(),
                Integer.toString(firstNumber))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    List<Long> acknowledged = new ArrayList<>();
    try (BufferedReader answers = target.inputReader()) {
      String line = answers.readLine();
      while (line != null) {
        if (line.matches("\\d+")) {
          acknowledged.add(Long.parseLong(line));
        }
        if (acknowledged.size() == mostAnswers) {
          // Not on the Process: that would close the stream with what is still in it.
          target.toHandle().destroyForcibly();
        }
        line = answers.readLine();
      }
    } finally {
      target.destroyForcibly().waitFor();
    }
    assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(mostAnswers);
    return acknowledged;
  }
}
