package io.kvorum.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.support.LineTarget;
import io.kvorum.support.Rotation;
import io.kvorum.testing.Await;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AuditLogTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  private record Text(String text) implements AuditLog.Line {
    @Override
    public int bytes() {
      return text.length();
    }
  }

  /** A target that is slow, or fails, as the test likes. */
  private static final class Target implements LineTarget {
    final Queue<String> lines = new ConcurrentLinkedQueue<>();
    final CountDownLatch begun = new CountDownLatch(1);
    final CountDownLatch mayGoOn;
    volatile boolean isBroken;

    Target(int waitsFor) {
      mayGoOn = new CountDownLatch(waitsFor);
    }

    @Override
    public void write(byte[] line) throws IOException {
      begun.countDown();
      try {
        mayGoOn.await();
      } catch (InterruptedException interrupted) {
        throw new IOException(interrupted);
      }
      if (isBroken) {
        throw new IOException("no space left on device");
      }
      lines.add(new String(line, StandardCharsets.UTF_8));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @Test
  void whatWasAddedIsInTheFileWhenTheLogIsClosed(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("audit.log");
    AuditLog log = AuditLog.open(file, new Rotation(1 << 20, 0, Duration.ZERO));
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int writer = i;
      Thread thread =
          new Thread(
              () -> IntStream.range(0, 1000).forEach(n -> log.add(new Text(writer + "-" + n))));
      thread.start();
      writers.add(thread);
    }
    for (Thread writer : writers) {
      writer.join();
    }
    log.close();
    List<String> lines = Files.readAllLines(file);
    assertThat(lines).hasSize(4000).doesNotHaveDuplicates();
    assertThat(log.stats()).isEqualTo(new AuditStats(4000, 0));
    log.add(new Text("late"));
    assertThat(log.stats()).isEqualTo(new AuditStats(4000, 1));
  }

  @Test
  void aLineIsWrittenSoonWithoutFurtherOnes(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("audit.log");
    try (AuditLog log = AuditLog.open(file, new Rotation(1 << 20, 0, Duration.ZERO))) {
      log.add(new Text("one"));
      Await.until("the line is there", SOON, () -> Files.readString(file).equals("one\n"));
    }
  }

  @Test
  void whoAddsNeverWaitsAndWhatDoesNotFitIsCountedWhereItIsMissing() throws Exception {
    Target target = new Target(1);
    AuditLog log = new AuditLog(target, 16, Clock.systemUTC());
    log.start();
    log.add(new Text("first"));
    target.begun.await();
    IntStream.range(0, 100).forEach(n -> log.add(new Text("line " + n)));
    assertThat(log.stats().dropped()).isEqualTo(84);
    target.mayGoOn.countDown();
    log.close();
    assertThat(log.stats()).isEqualTo(new AuditStats(17, 84));
    assertThat(target.lines).hasSize(18);
    assertThat(List.copyOf(target.lines).get(1))
        .matches("\\{\"time\":\"[^\"]+\",\"stage\":\"dropped\",\"lines\":84}\n");
  }

  @Test
  void aFileThatCannotBeWrittenCostsLinesAndIsTriedAgain() throws Exception {
    Target target = new Target(0);
    target.isBroken = true;
    try (AuditLog log = new AuditLog(target, 16, Clock.systemUTC())) {
      log.start();
      log.add(new Text("lost"));
      Await.until("it is lost", SOON, () -> log.stats().dropped() == 1);
      target.isBroken = false;
      Await.until("that is reported", SOON, () -> !target.lines.isEmpty());
      assertThat(target.lines.element()).contains("\"dropped\",\"lines\":1}");
      log.add(new Text("kept"));
      Await.until("it is written", SOON, () -> target.lines.contains("kept\n"));
    }
  }
}
