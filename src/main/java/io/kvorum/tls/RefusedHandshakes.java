package io.kvorum.tls;

import io.kvorum.support.Log;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Logs which connections could not be secured, and why: one line each, but so few in a second that
 * a flood of them does not fill the log; the others are counted in a line that comes later. Members
 * try again for as long as they run: of them the same reason is logged once a minute for each
 * address. Thread-safe.
 *
 * <p>Held by: ServerTlsTest, TlsPortTest, PeerTlsTest.
 */
final class RefusedHandshakes {
  static final int LINES_A_SECOND = 20;

  /** After which the same reason is news again. */
  static final long MEMBERS_REPEAT_NANOS = TimeUnit.MINUTES.toNanos(1);

  private static final int MOST_REMEMBERED = 256;
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final Log LOG = Log.of(RefusedHandshakes.class);

  private final String where;
  private final long repeatNanos;
  private final LongSupplier nanoTime;

  // Guarded by this.
  private long begin;
  private int lines;
  private long others;

  /** Guarded by this: when each address was logged for each reason. */
  private final Map<String, Long> logged =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
          return size() > MOST_REMEMBERED;
        }
      };

  private RefusedHandshakes(String where, long repeatNanos, LongSupplier nanoTime) {
    this.where = where;
    this.repeatNanos = repeatNanos;
    this.nanoTime = nanoTime;
    this.begin = nanoTime.getAsLong();
  }

  static RefusedHandshakes ofClients(LongSupplier nanoTime) {
    return new RefusedHandshakes("", 0, nanoTime);
  }

  static RefusedHandshakes ofMembers(LongSupplier nanoTime) {
    return new RefusedHandshakes(" on a peer URL", MEMBERS_REPEAT_NANOS, nanoTime);
  }

  void report(SocketAddress client, Throwable failure) {
    String address =
        client instanceof InetSocketAddress
            ? client.toString().replaceFirst("^[^/]*/", "")
            : "a client of the socket " + client;
    String reason = HandshakeFailure.ofClient(failure);
    if (reason == null) {
      LOG.debug("a connection of {} ended before it was secured", address);
      return;
    }
    if (!isNews(address.replaceFirst(":\\d+$", " ") + reason)) {
      LOG.debug("rejected a connection of {}{} again: {}", address, where, reason);
      return;
    }
    long before = admit();
    if (before > 0) {
      LOG.warning("rejected {} more connections{}, too many to name", before, where);
    }
    if (before >= 0) {
      LOG.warning("rejected a connection of {}{}: {}", address, where, reason);
    }
  }

  private synchronized boolean isNews(String what) {
    long now = nanoTime.getAsLong();
    Long last = logged.get(what);
    if (last != null && now - last < repeatNanos) {
      return false;
    }
    logged.put(what, now);
    return true;
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
