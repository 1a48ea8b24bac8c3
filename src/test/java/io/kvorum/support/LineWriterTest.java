package io.kvorum.support;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.Await;
import io.kvorum.testing.CapturedLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LineWriterTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  private final Said said = new Said();

  private record Text(String text) implements LineWriter.Line {
    @Override
    public int bytes() {
      return text.length();
    }
  }

  /** Cannot be made. */
  private record NoText() implements LineWriter.Line {
    @Override
    public String text() {
      throw new IllegalStateException("no text");
    }

    @Override
    public int bytes() {
      return 1;
    }
  }

  /** Counts what the writer says. */
  private static final class Said implements LineWriter.Reports {
    final AtomicInteger failures = new AtomicInteger();
    final AtomicInteger recoveries = new AtomicInteger();

    @Override
    public String dropped(long lines) {
      return lines + " are missing";
    }

    @Override
    public void failed(IOException failure) {
      failures.incrementAndGet();
    }

    @Override
    public void recovered() {
      recoveries.incrementAndGet();
    }

    @Override
    public void notClosed(IOException failure) {}
  }

  /** Takes lines into a buffer, which it cannot empty while its disk is full. */
  private static final class Buffered implements LineTarget {
    final Queue<String> lines = new ConcurrentLinkedQueue<>();
    final AtomicInteger refusals = new AtomicInteger();
    private final List<String> buffer = new ArrayList<>();
    volatile boolean isFull;

    @Override
    public void write(byte[] line) {
      buffer.add(new String(line, StandardCharsets.UTF_8));
    }

    @Override
    public void flush() throws IOException {
      if (isFull && !buffer.isEmpty()) {
        refusals.incrementAndGet();
        throw new IOException("No space left on device");
      }
      lines.addAll(buffer);
      buffer.clear();
    }

    @Override
    public void close() {
      buffer.clear();
    }
  }

  /** Fails once, as the list of a directory does. */
  private static final class FailingOnce implements LineTarget {
    final Queue<String> lines = new ConcurrentLinkedQueue<>();
    private boolean hasFailed;

    @Override
    public void write(byte[] line) {
      if (!hasFailed) {
        hasFailed = true;
        throw new UncheckedIOException(new IOException("Input/output error"));
      }
      lines.add(new String(line, StandardCharsets.UTF_8));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  private LineWriter started(LineTarget target) {
    LineWriter writer = new LineWriter("test-lines", target, 2048, said);
    writer.start();
    return writer;
  }

  @Test
  void aLineIsWrittenOnlyWhenTheBufferIsAndUntilThenTheTargetHasNotRecovered() {
    Buffered target = new Buffered();
    target.isFull = true;
    try (LineWriter writer = started(target)) {
      writer.add(new Text("lost"));
      Await.until("two attempts more have failed", SOON, () -> target.refusals.get() >= 3);
      assertThat(writer.written()).isZero();
      assertThat(writer.dropped()).isEqualTo(1);
      assertThat(said.failures).hasValue(1);
      assertThat(said.recoveries).hasValue(0);
      target.isFull = false;
      Await.until("the target has recovered", SOON, () -> said.recoveries.get() == 1);
      writer.add(new Text("kept"));
      Await.until("a line is written", SOON, () -> writer.written() == 1);
    }
    assertThat(target.lines).containsExactly("1 are missing\n", "kept\n");
    assertThat(said.failures).hasValue(1);
    assertThat(said.recoveries).hasValue(1);
  }

  @Test
  void onADiskThatIsFullNoLineCountsAsWritten() throws Exception {
    RotatedFile full =
        new RotatedFile(Path.of("/dev/full"), Rotation.none(), Clock.systemUTC()).opened();
    LineWriter writer = started(full);
    for (int i = 0; i < 100; i++) {
      writer.add(new Text("line " + i));
    }
    writer.close();
    assertThat(writer.written()).isZero();
    assertThat(writer.dropped()).isEqualTo(100);
    assertThat(said.failures).hasValue(1);
    assertThat(said.recoveries).hasValue(0);
  }

  @Test
  void aLineThatCannotBeMadeIsDroppedAndLoggedOnce() {
    Buffered target = new Buffered();
    LineWriter writer = started(target);
    try (CapturedLog log = CapturedLog.of(LineWriter.class)) {
      writer.add(new NoText());
      writer.add(new NoText());
      writer.add(new Text("next"));
      writer.close();
      assertThat(log.lines())
          .containsExactly("test-lines drops a line that has no text, and all others like it");
    }
    assertThat(target.lines).endsWith("next\n");
    assertThat(writer.written()).isEqualTo(1);
    assertThat(writer.dropped()).isEqualTo(2);
    assertThat(said.failures).hasValue(0);
  }

  @Test
  void aTargetThatFailsUnexpectedlyIsTriedAgainAsOneThatCannotBeWritten() {
    FailingOnce target = new FailingOnce();
    try (LineWriter writer = started(target)) {
      writer.add(new Text("lost"));
      Await.until("the target has recovered", SOON, () -> said.recoveries.get() == 1);
      assertThat(said.failures).hasValue(1);
      assertThat(target.lines).containsExactly("1 are missing\n");
    }
  }
}
