package io.kvorum.boot.host;

import io.kvorum.boot.config.Logging;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.ConsoleHandler;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Writes Kvorum's log, and among it what the member's libraries warn of: by default as lines of
 * text to stderr, apart from Liberty's. A log of another form or at another place takes what others
 * print as well, Liberty among them, so that each of its lines has the same form. Thread-safe.
 *
 * <p>Held by: ProcessLogTest, LauncherIT.
 */
final class ProcessLog {
  // Strong references: java.util.logging collects unused loggers, and their levels with them.
  private static final Logger KVORUM = Logger.getLogger("io.kvorum");
  private static final Logger ROOT = Logger.getLogger("");
  private static final List<Logger> LIBRARIES =
      List.of(
          Logger.getLogger("io.grpc"),
          Logger.getLogger("io.netty"),
          Logger.getLogger("com.hazelcast"),
          Logger.getLogger("io.opentelemetry"));

  private static final AtomicReference<@Nullable LogOutputs> OUTPUTS = new AtomicReference<>();

  private ProcessLog() {}

  /**
   * To be called once, before anything else starts.
   *
   * @throws io.kvorum.boot.config.ConfigurationException if an output cannot be written
   */
  static void open(Logging logging) {
    LogOutputs outputs = LogOutputs.open(logging);
    OUTPUTS.set(outputs);
    Level own = logging.level().javaLevel();
    Level ofOthers = own.intValue() > Level.WARNING.intValue() ? own : Level.WARNING;
    write(KVORUM, own, outputs);
    for (Logger library : LIBRARIES) {
      write(library, ofOthers, outputs);
    }
    if (!logging.isPlain()) {
      takeTheRest(ofOthers, outputs);
    }
  }

  private static void write(Logger logger, Level level, LogOutputs outputs) {
    logger.setLevel(level);
    logger.setUseParentHandlers(false);
    logger.addHandler(new ToOutputs(logger, level, outputs));
  }

  private static void takeTheRest(Level level, LogOutputs outputs) {
    for (Handler handler : ROOT.getHandlers()) {
      if (handler instanceof ConsoleHandler) {
        ROOT.removeHandler(handler);
        ROOT.addHandler(new ToOutputs(ROOT, level, outputs));
      }
    }
    System.setOut(
        new PrintStream(new PrintedLines("stdout", outputs), true, StandardCharsets.UTF_8));
    System.setErr(
        new PrintStream(new PrintedLines("stderr", outputs), true, StandardCharsets.UTF_8));
  }

  /** Writes what has been logged, before the process ends; waits for a moment at most. */
  static void close() {
    LogOutputs outputs = OUTPUTS.get();
    if (outputs != null) {
      outputs.close();
    }
  }

  /** Whether stack traces are wanted. */
  static boolean isDetailed() {
    return KVORUM.isLoggable(Level.FINE);
  }

  static String stackTrace(Throwable thrown) {
    StringWriter text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  /** Writes past Liberty's capture of System.err. */
  private static final class ToOutputs extends Handler {
    private final Logger logger;
    private final LogOutputs outputs;

    /**
     * @param level here, too: Liberty sets its own level on each logger that is made later
     */
    ToOutputs(Logger logger, Level level, LogOutputs outputs) {
      this.logger = logger;
      this.outputs = outputs;
      setLevel(level);
    }

    @Override
    public void publish(LogRecord record) {
      if (isLoggable(record)) {
        outputs.write(record);
      }
    }

    @Override
    public void flush() {}

    /** At SIGTERM java.util.logging closes its handlers, but the stop has yet to be logged. */
    @Override
    public void close() {
      logger.addHandler(this);
    }
  }
}
