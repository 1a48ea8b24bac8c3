package io.kvorum.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import io.kvorum.testing.ServerUnderTest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Runs the real launcher, writes from several clients, ends the server at a random moment, starts
 * it again on the same data directory, and compares; many times over one directory.
 *
 * <p>{@code -Dkvorum.kill.rounds=100} makes it long, {@code -Dkvorum.kill.seed} repeats the choice
 * of moments and writes (though not the interleaving of threads).
 */
final class KillIT {

  private static final int WRITERS = 12;
  private static final int LEAST_WRITES = 50;
  private static final int WRITE_MILLIS_AT_MOST = 1500;
  private static final Duration STOP_AT_MOST = Duration.ofSeconds(15);

  /** How a life of the server ends. */
  private interface Ending {
    void end(ServerProcess server) throws InterruptedException;
  }

  @Test
  @Timeout(value = 3, unit = TimeUnit.HOURS)
  void aKilledServerHasLostNothingThatItAcknowledged() throws Exception {
    crashRepeatedly(Integer.getInteger("kvorum.kill.rounds", 8), ServerProcess::kill);
  }

  @Test
  @Timeout(value = 3, unit = TimeUnit.HOURS)
  void aStoppedServerHasLostNothingThatItAcknowledged() throws Exception {
    crashRepeatedly(
        Integer.getInteger("kvorum.stop.rounds", 2), server -> server.terminate(STOP_AT_MOST));
  }

  private static void crashRepeatedly(int rounds, Ending ending) throws Exception {
    long seed = Long.getLong("kvorum.kill.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    Path directory = ServerUnderTest.freshDirectory("data");
    URI client = ServerProcess.freeAddress();
    URI peer = ServerProcess.freeAddress();
    Inspection inspection = new Inspection();
    Journal journal = new Journal();
    Duration slowestStart = Duration.ZERO;
    int round = 0;
    try {
      for (; round <= rounds; round++) {
        try (ServerProcess server =
            ServerProcess.start(
                ServerKind.underTest(),
                directory,
                client,
                peer,
                List.of(),
                ServerUnderTest.environment())) {
          if (server.timeToReady().compareTo(slowestStart) > 0) {
            slowestStart = server.timeToReady();
          }
          try (Client reader = new Client(client)) {
            inspection.inspect(reader, journal);
          }
          if (round < rounds) {
            journal = writeUntilTheEnd(server, round, inspection.revision(), random, ending);
          }
        }
      }
    } catch (AssertionError | Exception e) {
      throw new AssertionError("in round " + round + "; repeat with -Dkvorum.kill.seed=" + seed, e);
    }
    System.out.printf(
        "%d endings, %d acknowledged writes found, %d unanswered ones had happened,"
            + " revision %d, slowest start %d ms, seed %d%n",
        rounds,
        inspection.acknowledgedWrites(),
        inspection.survivingUnanswered(),
        inspection.revision(),
        slowestStart.toMillis(),
        seed);
    assertThat(inspection.acknowledgedWrites()).isGreaterThanOrEqualTo(rounds * LEAST_WRITES);
  }

  private static Journal writeUntilTheEnd(
      ServerProcess server, int round, long compactUpTo, SplittableRandom random, Ending ending)
      throws InterruptedException, IOException {
    Journal journal = new Journal();
    List<Writer> writers = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      Writer writer =
          new Writer(
              server.endpoint(), journal, "r" + round + "-w" + i, compactUpTo, random.split());
      writers.add(writer);
      threads.add(new Thread(writer, "writer " + i));
    }
    threads.forEach(Thread::start);
    assertThat(journal.awaitAcknowledged(LEAST_WRITES, Duration.ofSeconds(60)))
        .as("%s writes in a minute%s", LEAST_WRITES, server.lastOutput())
        .isTrue();
    TimeUnit.MILLISECONDS.sleep(random.nextInt(WRITE_MILLIS_AT_MOST));
    ending.end(server);
    for (Thread thread : threads) {
      thread.join(TimeUnit.SECONDS.toMillis(60));
      assertThat(thread.isAlive()).as("%s goes on", thread.getName()).isFalse();
    }
    for (Writer writer : writers) {
      Throwable bug = writer.bug();
      if (bug != null) {
        throw new AssertionError("a writer saw what no crash explains" + server.lastOutput(), bug);
      }
    }
    return journal;
  }
}
