package io.kvorum.peer.grpc;

import java.text.MessageFormat;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What the package logs while this is open. */
public final class CapturedLog extends Handler implements AutoCloseable {
  private final Logger logger = Logger.getLogger("io.kvorum.peer");
  private final List<String> all = new CopyOnWriteArrayList<>();
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

  public CapturedLog() {
    logger.addHandler(this);
  }

  /** Waits for a line that contains all of that. */
  public String await(String... parts) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (true) {
      String line = lines.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (line == null) {
        throw new AssertionError("no line with " + List.of(parts) + " in " + all);
      }
      if (List.of(parts).stream().allMatch(line::contains)) {
        return line;
      }
    }
  }

  public long count(String part) {
    return all.stream().filter(line -> line.contains(part)).count();
  }

  @Override
  public void publish(LogRecord record) {
    String text =
        record.getParameters() == null || record.getParameters().length == 0
            ? record.getMessage()
            : MessageFormat.format(record.getMessage(), record.getParameters());
    all.add(text);
    lines.add(text);
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    logger.removeHandler(this);
  }
}
