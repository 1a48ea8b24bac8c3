package io.kvorum.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LogTest {
  private final Logger logger = Logger.getLogger(LogTest.class.getName());
  private final List<LogRecord> records = new ArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          records.add(record);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };
  private final Log log = Log.of(LogTest.class);

  @BeforeEach
  void capture() {
    logger.setUseParentHandlers(false);
    logger.setLevel(Level.INFO);
    logger.addHandler(handler);
  }

  @AfterEach
  void release() {
    logger.removeHandler(handler);
    logger.setUseParentHandlers(true);
    logger.setLevel(null);
  }

  @Test
  void numbersHaveNoThousandsSeparators() {
    log.info("entry {} of term {}", 1234567L, 12);
    assertThat(text()).isEqualTo("entry 1234567 of term 12");
  }

  @Test
  void apostrophesAndBracesOfAnArgumentStayAsTheyAre() {
    log.warning("member '{}' isn't {}", "{0}", "{}");
    assertThat(text()).isEqualTo("member '{0}' isn't {}");
  }

  @Test
  void aThrowableWithoutPlaceholderIsTheCause() {
    IllegalStateException cause = new IllegalStateException("because");
    log.error("writing {} failed", "page 7", cause);
    assertThat(text()).isEqualTo("writing page 7 failed");
    assertThat(records.get(0).getThrown()).isSameAs(cause);
    assertThat(records.get(0).getLevel()).isEqualTo(Level.SEVERE);
  }

  @Test
  void aThrowableWithPlaceholderIsText() {
    log.error("failed: {}", new IllegalStateException("because"));
    assertThat(text()).isEqualTo("failed: java.lang.IllegalStateException: because");
    assertThat(records.get(0).getThrown()).isNull();
  }

  @Test
  void nothingIsFormattedBelowTheLevel() {
    Object hostile =
        new Object() {
          @Override
          public String toString() {
            throw new AssertionError("formatted");
          }
        };
    log.debug("{}", hostile);
    assertThat(records).isEmpty();
  }

  private String text() {
    assertThat(records).hasSize(1);
    return records.get(0).getMessage();
  }
}
