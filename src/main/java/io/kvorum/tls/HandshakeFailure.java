package io.kvorum.tls;

import io.kvorum.support.Reason;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Words why a connection could not be secured, for the line that an operator reads; never with
 * anything that the client has sent in clear. Stateless.
 *
 * <p>Held by: TlsPortTest, ServerTlsTest.
 */
final class HandshakeFailure {
  private static final String ALERT = "Received fatal alert: ";

  private HandshakeFailure() {}

  /** The reason; null if the client has just gone away, as one does that looks for open ports. */
  static @Nullable String reason(Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof CertificateException) {
        return Reason.of(each);
      }
    }
    if (failure instanceof NotSslRecordException) {
      return "the client does not speak TLS";
    }
    if (failure instanceof SslHandshakeTimeoutException) {
      return "the handshake has taken longer than " + ServerTls.HANDSHAKE_SECONDS + " s";
    }
    if (failure instanceof ClosedChannelException
        || failure.getCause() instanceof ClosedChannelException) {
      return null;
    }
    String message = Reason.of(failure);
    if (message.startsWith(ALERT)) {
      return "the client refuses the handshake: "
          + message.substring(ALERT.length()).replace('_', ' ');
    }
    if (message.equals("Empty client certificate chain")) {
      return "the client has no certificate";
    }
    return failure instanceof SSLException ? message : Reason.inFull(failure);
  }
}
