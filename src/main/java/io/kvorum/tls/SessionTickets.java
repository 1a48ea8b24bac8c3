package io.kvorum.tls;

import io.netty.handler.ssl.OpenSslServerContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.SslContext;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Renews the keys with which BoringSSL seals the tickets that clients resume their sessions with. A
 * key seals for as long as a session may last, and opens for as long again. Whoever finds a key in
 * the memory of the process can read what was sent in TLS 1.2 under its tickets, and nothing older.
 * The JDK, where it encrypts, renews such keys on its own. Confined to one thread.
 *
 * <p>Held by: TlsPortTest.
 */
final class SessionTickets {
  private static final int BYTES = OpenSslSessionTicketKey.NAME_SIZE;

  private final SecureRandom random = new SecureRandom();
  private List<OpenSslServerContext> current = List.of();
  private @Nullable OpenSslSessionTicketKey key;
  private long renewedNanos;

  /**
   * Gives new contexts their first key, of which each accepts the tickets of the others: those of
   * former contexts are not accepted.
   */
  void begin(List<SslContext> contexts, long nowNanos) {
    current =
        contexts.stream()
            .filter(OpenSslServerContext.class::isInstance)
            .map(OpenSslServerContext.class::cast)
            .toList();
    key = null;
    renew(nowNanos);
  }

  /** Called periodically. */
  void renewIfDue(long nowNanos) {
    if (nowNanos - renewedNanos >= TimeUnit.SECONDS.toNanos(TlsMaterial.SESSION_SECONDS)) {
      renew(nowNanos);
    }
  }

  private void renew(long nowNanos) {
    renewedNanos = nowNanos;
    if (current.isEmpty()) {
      return;
    }
    OpenSslSessionTicketKey former = key;
    OpenSslSessionTicketKey next = new OpenSslSessionTicketKey(bytes(), bytes(), bytes());
    for (OpenSslServerContext context : current) {
      if (former == null) {
        context.sessionContext().setTicketKeys(next);
      } else {
        context.sessionContext().setTicketKeys(next, former);
      }
    }
    key = next;
  }

  private byte[] bytes() {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return bytes;
  }
}
