package io.kvorum.derby;

import io.kvorum.support.Log;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes Derby's own messages into the log of the server, a line at a time, at level DEBUG.
 *
 * <p>Derby has one such stream per JVM and takes it from the public static method that the system
 * property {@code derby.stream.error.method} names. Without it Derby would leave a {@code
 * derby.log} in the working directory.
 */
public final class DerbyMessages {
  private static final Log LOG = Log.of(DerbyMessages.class);

  private DerbyMessages() {}

  /** Called by Derby, once, by name. */
  public static OutputStream stream() {
    return new Lines();
  }

  /** Thread-safe: Derby writes from any of its threads. */
  private static final class Lines extends OutputStream {
    private static final int LONGEST_LINE = 8_192;
    private final byte[] line = new byte[LONGEST_LINE];
    private int length;

    @Override
    public synchronized void write(int b) {
      if (b == '\n' || length == LONGEST_LINE) {
        flushLine();
      }
      if (b != '\n' && b != '\r') {
        line[length++] = (byte) b;
      }
    }

    private void flushLine() {
      if (length > 0) {
        LOG.debug("{}", new String(line, 0, length, StandardCharsets.UTF_8));
        length = 0;
      }
    }
  }
}
