package io.kvorum.derby;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DerbyMessagesTest {
  private final Logger logger = Logger.getLogger(DerbyMessages.class.getName());
  private final List<String> lines = new ArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          lines.add(record.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void capture() {
    logger.setUseParentHandlers(false);
    logger.setLevel(Level.FINE);
    handler.setLevel(Level.ALL);
    logger.addHandler(handler);
  }

  @AfterEach
  void release() {
    logger.removeHandler(handler);
    logger.setUseParentHandlers(true);
    logger.setLevel(null);
  }

  private static void write(String text) throws IOException {
    try (OutputStream stream = DerbyMessages.stream()) {
      stream.write(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  @Test
  void eachLineIsLoggedByItselfAndEmptyOnesAreNot() throws IOException {
    write("Booting Derby\r\n\n{} für Kvorum\n");
    assertThat(lines).containsExactly("Booting Derby", "{} für Kvorum");
  }

  @Test
  void aLineThatDoesNotEndIsLoggedInParts() throws IOException {
    write("x".repeat(10_000) + "\n");
    assertThat(lines).containsExactly("x".repeat(8_192), "x".repeat(1_808));
  }

  @Test
  void nothingIsLoggedAboveDebug() throws IOException {
    logger.setLevel(Level.INFO);
    write("Booting Derby\n");
    assertThat(lines).isEmpty();
  }
}
