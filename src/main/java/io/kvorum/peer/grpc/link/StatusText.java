package io.kvorum.peer.grpc.link;

import io.grpc.Status;
import io.kvorum.tls.HandshakeFailure;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Describes why a call ended, for log lines and error messages. Stateless.
 *
 * <p>Held by: RemoteLeaderTest, PeerSnapshotTransferTest.
 */
public final class StatusText {
  /** Netty's epoll transport prefixes the system's message with this. */
  private static final Pattern NETTY_PREFIX =
      Pattern.compile("^\\w+\\(\\.\\.\\) failed( with error\\(-\\d+\\))?: ");

  /** An address without a name, as Java prints it. */
  private static final Pattern NAMELESS_ADDRESS = Pattern.compile("(?<= )/(?=[\\d\\[])");

  private StatusText() {}

  public static String of(Status status) {
    String description = status.getDescription();
    Throwable cause = status.getCause();
    String deepest = cause == null ? null : message(cause);
    String text =
        deepest != null && isTransportNoise(description) ? deepest : orCode(description, status);
    String line = text.strip().replaceAll("\\s*\\R\\s*", " ");
    String plain = NETTY_PREFIX.matcher(line).replaceFirst("");
    return NAMELESS_ADDRESS.matcher(plain).replaceAll("");
  }

  private static @Nullable String message(Throwable cause) {
    for (Throwable each = cause; each != null; each = each.getCause()) {
      String ofTls = each instanceof SSLException ? HandshakeFailure.ofServer(each) : null;
      if (ofTls != null) {
        return ofTls;
      }
    }
    return cause.getMessage();
  }

  private static boolean isTransportNoise(@Nullable String description) {
    return description == null
        || description.startsWith("io exception")
        || description.startsWith("ssl exception");
  }

  private static String orCode(@Nullable String description, Status status) {
    return description == null || description.isBlank()
        ? status.getCode().name().toLowerCase(Locale.ROOT).replace('_', ' ')
        : description;
  }
}
