package io.kvorum.boot.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.boot.config.ConfigurationException;
import io.kvorum.boot.config.LogLevel;
import io.kvorum.boot.config.Logging;
import io.kvorum.support.Rotation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class LogOutputsTest {
  @TempDir private Path directory;

  private static Logging logging(Rotation rotation, Path... files) {
    return new Logging(LogLevel.INFO, Logging.Format.JSON, Set.of(), List.of(files), rotation);
  }

  private static LogRecord record(String message) {
    LogRecord record = new LogRecord(Level.INFO, message);
    record.setLoggerName("io.kvorum.Member");
    return record;
  }

  @Test
  void everyFileHasEveryLineWhenTheLogIsClosed() throws Exception {
    Path one = directory.resolve("one.log");
    Path two = directory.resolve("two.log");
    LogOutputs outputs = LogOutputs.open(logging(Rotation.none(), one, two));
    for (int i = 0; i < 100; i++) {
      outputs.write(record("line " + i));
    }
    outputs.close();
    assertThat(Files.readAllLines(one))
        .hasSize(100)
        .isEqualTo(Files.readAllLines(two))
        .first()
        .asString()
        .endsWith("\"caller\":\"kvorum/Member\",\"msg\":\"line 0\"}");
  }

  @Test
  void theLinesOfManyThreadsHaveTheSameOrderInEachFile() throws Exception {
    Path one = directory.resolve("one.log");
    Path two = directory.resolve("two.log");
    int threads = 4;
    int linesEach = 2_000;
    ExecutorService writers = Executors.newFixedThreadPool(threads);
    try (LogOutputs outputs = LogOutputs.open(logging(Rotation.none(), one, two))) {
      CyclicBarrier start = new CyclicBarrier(threads);
      Callable<Void> writer =
          () -> {
            start.await();
            for (int i = 0; i < linesEach; i++) {
              outputs.write(record(Thread.currentThread().getName() + " " + i));
            }
            return null;
          };
      for (Future<Void> written : writers.invokeAll(Collections.nCopies(threads, writer))) {
        written.get();
      }
    } finally {
      writers.shutdownNow();
    }
    assertThat(Files.readAllLines(one))
        .hasSize(threads * linesEach)
        .isEqualTo(Files.readAllLines(two));
  }

  @Test
  void aFileIsRotatedAndCompressed() throws Exception {
    Path file = directory.resolve("kvorum.log");
    Rotation rotation = new Rotation(1000, 2, Duration.ZERO, java.time.ZoneOffset.UTC, true);
    try (LogOutputs outputs = LogOutputs.open(logging(rotation, file))) {
      for (int i = 0; i < 100; i++) {
        outputs.write(record("line " + i));
      }
    }
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.map(path -> path.getFileName().toString()).sorted())
          .hasSize(3)
          .allMatch(name -> name.matches("kvorum(-[-0-9T.]+\\.log\\.gz|\\.log)"));
    }
  }

  @Test
  void aFileThatCannotBeWrittenIsRefusedInOneLine() {
    Path nowhere = directory.resolve("absent/kvorum.log");
    assertThatThrownBy(() -> LogOutputs.open(logging(Rotation.none(), nowhere)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("invalid value \"" + nowhere + "\" for flag --log-outputs: ")
        .hasMessageNotContaining("\n");
  }

  @Test
  void aDiskThatIsFullNeitherStopsNorSlowsTheMember() {
    LogOutputs outputs = LogOutputs.open(logging(Rotation.none(), Path.of("/dev/full")));
    long start = System.nanoTime();
    for (int i = 0; i < 100_000; i++) {
      outputs.write(record("line"));
    }
    outputs.close();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
  }

  @Test
  void whatIsSaidAboutAFileDependsOnTheLevelOfTheLog() {
    Path file = directory.resolve("kvorum.log");
    LogOutputs.Reports atInfo = new LogOutputs.Reports(file, new JsonLine(), Level.INFO);
    assertThat(atInfo.isSaid(Level.FINE)).isFalse();
    assertThat(atInfo.isSaid(Level.INFO)).isTrue();
    LogOutputs.Reports atDebug = new LogOutputs.Reports(file, new JsonLine(), Level.FINE);
    assertThat(atDebug.isSaid(Level.FINE)).isTrue();
  }

  @Test
  void theJournalIsRecognizedByItsInode() throws Exception {
    Path stream = Files.createFile(directory.resolve("stream"));
    String id =
        Files.getAttribute(stream, "unix:dev") + ":" + Files.getAttribute(stream, "unix:ino");
    assertThat(LogOutputs.isReadByJournal(id, stream)).isTrue();
    assertThat(LogOutputs.isReadByJournal("1:1", stream)).isFalse();
    assertThat(LogOutputs.isReadByJournal(null, stream)).isFalse();
    assertThat(LogOutputs.isReadByJournal(id, directory.resolve("absent"))).isFalse();
  }
}
