package io.kvorum.tls;

import io.kvorum.support.Reason;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateException;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Words why a connection could not be secured, for the line that an operator reads; never with
 * anything that the other side has sent in clear. Stateless.
 *
 * <p>Held by: TlsPortTest, ServerTlsTest, PeerTlsTest.
 */
public final class HandshakeFailure {
  /** The JDK's words, and BoringSSL's, for what means the same of a client or a server. */
  private static final Map<Pattern, String> REASONS =
      Map.of(
          Pattern.compile("Empty client certificate chain|PEER_DID_NOT_RETURN_A_CERTIFICATE"),
          "has no certificate",
          Pattern.compile("not accepted by server preferences|UNSUPPORTED_PROTOCOL"),
          "offers no version of TLS that is allowed",
          Pattern.compile("no cipher suites in common|NO_SHARED_CIPHER"),
          "offers no cipher suite that is allowed");

  private static final Pattern ALERT =
      Pattern.compile("(?:Received fatal alert: |(?:SSLV3|TLSV1)_ALERT_)(\\w+)");

  /** What comes before BoringSSL's reason. */
  private static final Pattern LIBRARY = Pattern.compile("error:\\w+:[^:]*:\\w+:");

  private HandshakeFailure() {}

  /**
   * Why a client was not accepted; null if it has just gone away, as one does that looks for open
   * ports.
   */
  static @Nullable String ofClient(Throwable failure) {
    return reason(failure, "client");
  }

  /** Why a server was not reached; null if its connection ended. */
  public static @Nullable String ofServer(Throwable failure) {
    return reason(failure, "server");
  }

  private static @Nullable String reason(Throwable failure, String other) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof CertificateException) {
        return Reason.of(each);
      }
    }
    if (failure instanceof NotSslRecordException) {
      return "the " + other + " does not speak TLS";
    }
    if (failure instanceof SslHandshakeTimeoutException) {
      return "the handshake has taken longer than " + ServerTls.HANDSHAKE_SECONDS + " s";
    }
    if (failure instanceof ClosedChannelException
        || failure.getCause() instanceof ClosedChannelException) {
      return null;
    }
    String message = Reason.of(failure);
    for (Map.Entry<Pattern, String> each : REASONS.entrySet()) {
      if (each.getKey().matcher(message).find()) {
        return "the " + other + " " + each.getValue();
      }
    }
    Matcher alert = ALERT.matcher(message);
    if (alert.find()) {
      return "the " + other + " refuses the handshake: " + plain(alert.group(1));
    }
    Matcher library = LIBRARY.matcher(message);
    if (library.lookingAt()) {
      return plain(message.substring(library.end()));
    }
    return failure instanceof SSLException ? message : Reason.inFull(failure);
  }

  private static String plain(String code) {
    return code.toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
