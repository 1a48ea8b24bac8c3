package io.kvorum.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.Paired;
import io.kvorum.testing.Ports;
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
 * <p>{@code -Dkvorum.kill.rounds=100} makes it long (else it ends early on a slow machine), {@code
 * -Dkvorum.kill.seed} repeats the choice of moments and writes (though not the interleaving of
 * threads).
 */
@Paired
final class KillIT {

  private static final int WRITERS = 12;
  private static final int LEAST_WRITES = 50;
  private static final int WRITE_MILLIS_AT_MOST = 1500;
  private static final int START_MILLIS_AT_MOST = 4000;
  private static final Duration STOP_AT_MOST = Duration.ofSeconds(30);

  /** A slow machine gets by with fewer rounds, but not with less than these. */
  private static final int LEAST_ROUNDS = 3;

  private static final Duration GATE_AT_MOST = Duration.ofSeconds(75);

  /** How a life of the server ends. */
  private interface Ending {
    void end(ServerProcess server) throws InterruptedException;
  }

  private final long seed = Long.getLong("kvorum.kill.seed", System.nanoTime());
  private final SplittableRandom random = new SplittableRandom(seed);
  private final Inspection inspection = new Inspection();
  private Duration slowestStart = Duration.ZERO;
  private int killedWhileStarting;

  @Test
  @Timeout(value = 3, unit = TimeUnit.HOURS)
  void aKilledServerHasLostNothingThatItAcknowledged() throws Exception {
    crashRepeatedly("kvorum.kill.rounds", 8, true, ServerProcess::kill);
    System.out.println(killedWhileStarting + " of the kills hit a server that was starting");
  }

  @Test
  @Timeout(value = 3, unit = TimeUnit.HOURS)
  void aStoppedServerHasLostNothingThatItAcknowledged() throws Exception {
    crashRepeatedly("kvorum.stop.rounds", 2, false, server -> server.terminate(STOP_AT_MOST));
  }

  /**
   * Runs as many rounds as the property says, or else up to a number while there is time.
   *
   * @param alsoWhileStarting some rounds begin with a start that is killed before it is done
   */
  private void crashRepeatedly(
      String property, int usualRounds, boolean alsoWhileStarting, Ending ending) throws Exception {
    int rounds = Integer.getInteger(property, usualRounds);
    boolean bounded = Integer.getInteger(property) == null;
    long deadline = System.nanoTime() + GATE_AT_MOST.toNanos();
    Path directory = ServerUnderTest.freshDirectory("data");
    URI client = Ports.freeUrl();
    URI peer = Ports.freeUrl();
    Journal journal = new Journal();
    int round = 0;
    try {
      boolean last = false;
      while (!last) {
        last = round == rounds || bounded && round >= LEAST_ROUNDS && System.nanoTime() > deadline;
        if (alsoWhileStarting && random.nextInt(4) == 0) {
          killWhileStarting(directory, client, peer);
        }
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
          if (!last) {
            journal = writeUntilTheEnd(server, round, ending);
            round++;
          }
        }
      }
    } catch (AssertionError | Exception e) {
      throw new AssertionError("in round " + round + "; repeat with -Dkvorum.kill.seed=" + seed, e);
    }
    System.out.printf(
        "%d endings, %d acknowledged writes found, %d unanswered ones had happened,"
            + " revision %d, slowest start %d ms, seed %d%n",
        round,
        inspection.acknowledgedWrites(),
        inspection.survivingUnanswered(),
        inspection.revision(),
        slowestStart.toMillis(),
        seed);
    assertThat(inspection.acknowledgedWrites()).isGreaterThanOrEqualTo(round * LEAST_WRITES);
  }

  private void killWhileStarting(Path directory, URI client, URI peer)
      throws IOException, InterruptedException {
    try (ServerProcess server =
        ServerProcess.launch(
            ServerKind.underTest(),
            directory,
            client,
            peer,
            List.of(),
            ServerUnderTest.environment())) {
      TimeUnit.MILLISECONDS.sleep(random.nextInt(START_MILLIS_AT_MOST));
      server.kill();
      killedWhileStarting++;
    }
  }

  private Journal writeUntilTheEnd(ServerProcess server, int round, Ending ending)
      throws InterruptedException {
    Journal journal = new Journal();
    List<Writer> writers = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      Writer writer =
          new Writer(
              server.endpoint(),
              journal,
              "r" + round + "-w" + i,
              inspection.revision(),
              random.split());
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
      assertThat(thread.isAlive()).as("%s still runs", thread.getName()).isFalse();
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
