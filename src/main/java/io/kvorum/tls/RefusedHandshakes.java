package io.kvorum.tls;

import io.kvorum.support.Log;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Logs which connections could not be secured, and why: one line each, but so few in a second that
 * a flood of them does not fill the log; the others are counted in a line that comes later.
 * Thread-safe.
 *
 * <p>Held by: ServerTlsTest, TlsPortTest.
 */
final class RefusedHandshakes {
  static final int LINES_A_SECOND = 20;

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final Log LOG = Log.of(RefusedHandshakes.class);

  private final LongSupplier nanoTime;

  // Guarded by this.
  private long begin;
  private int lines;
  private long others;

  RefusedHandshakes(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.begin = nanoTime.getAsLong();
  }

  void report(SocketAddress client, Throwable failure) {
    String address = String.valueOf(client).replaceFirst("^[^/]*/", "");
    String reason = HandshakeFailure.reason(failure);
    if (reason == null) {
      LOG.debug("a connection of {} ended before it was secured", address);
      return;
    }
    long before = admit();
    if (before > 0) {
      LOG.warning("rejected {} more connections, too many to name", before);
    }
    if (before >= 0) {
      LOG.warning("rejected a connection of {}: {}", address, reason);
    }
  }

  /** How many have not been logged before this one, which is; negative if it is one of them. */
  private synchronized long admit() {
    long now = nanoTime.getAsLong();
    if (now - begin >= SECOND) {
      begin = now;
      lines = 0;
    }
    if (lines == LINES_A_SECOND) {
      others++;
      return -1;
    }
    lines++;
    long before = others;
    others = 0;
    return before;
  }
}
