package io.kvorum.tls;

import io.netty.handler.ssl.OpenSslServerContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.SslContext;
import java.security.SecureRandom;
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
  private @Nullable OpenSslServerContext current;
  private @Nullable OpenSslSessionTicketKey key;
  private long renewedNanos;

  /**
   * Gives a new context its first key: tickets of former contexts are not accepted.
   *
   * @param context null if no connections are accepted
   */
  void begin(@Nullable SslContext context, long nowNanos) {
    current = context instanceof OpenSslServerContext openSsl ? openSsl : null;
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
    if (current == null) {
      return;
    }
    OpenSslSessionTicketKey former = key;
    OpenSslSessionTicketKey next = new OpenSslSessionTicketKey(bytes(), bytes(), bytes());
    if (former == null) {
      current.sessionContext().setTicketKeys(next);
    } else {
      current.sessionContext().setTicketKeys(next, former);
    }
    key = next;
  }

  private byte[] bytes() {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return bytes;
  }
}
