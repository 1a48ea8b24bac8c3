package io.kvorum.consensus.hazelcast.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.ResourceBundle;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HazelcastLoggerTest {
  private final List<String> lines = new ArrayList<>();
  private final FailureLatch failure = new FailureLatch();
  private final HazelcastLogger logger = new HazelcastLogger(new Recording(), failure);

  private final class Recording implements System.Logger {
    @Override
    public String getName() {
      return "hazelcast";
    }

    @Override
    public boolean isLoggable(Level level) {
      return true;
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String message,
        @Nullable Throwable thrown) {
      lines.add(level + " " + message);
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String format,
        Object @Nullable ... parameters) {
      lines.add(level + " " + format);
    }
  }

  @Test
  void theRoutineOfElectionsGoesToDebug() {
    logger.warning("We are FOLLOWER and there is no current leader.");
    logger.info("Granted vote");
    logger.log(Level.WARNING, "Rejecting a vote", null);
    assertThat(lines)
        .containsExactly(
            "DEBUG We are FOLLOWER and there is no current leader.",
            "DEBUG Granted vote",
            "DEBUG Rejecting a vote");
    assertThat(failure.isSet()).isFalse();
  }

  @Test
  void aWarningWithAnExceptionStaysOne() {
    logger.log(Level.WARNING, "odd", new IllegalStateException());
    logger.log(Level.SEVERE, "Cannot add the member");
    assertThat(lines).containsExactly("WARNING odd", "ERROR Cannot add the member");
    assertThat(failure.isSet()).isFalse();
  }

  @Test
  void whatTheEngineCaughtStopsTheMember() {
    IllegalStateException caught = new IllegalStateException("caught");
    logger.severe("failed", caught);
    assertThat(failure.cause()).isSameAs(caught);
  }
}
