package io.kvorum.grpc;

import io.netty.channel.Channel;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.TimeUnit;

/**
 * Closes connections whose last answer has been sent. Stateless; called on their event loops.
 *
 * <p>Held by: HttpFrontTest, WebSocketFrontTest.
 */
final class Farewell {
  /** How long a client may take to read the last answer and to close the connection. */
  private static final long LINGER_SECONDS = 1;

  private Farewell() {}

  /**
   * Closes a connection once the client has closed its side, or after a moment. What the client
   * still sends is to be read and dropped: if it were left unread, the system would reset the
   * connection, and the client might lose the answer.
   *
   * @param hasInputEnded whether the client has closed its side
   */
  static void say(Channel client, boolean hasInputEnded) {
    if (!client.isActive()) {
      return;
    }
    if (!(client instanceof DuplexChannel duplex) || duplex.isInputShutdown() || hasInputEnded) {
      client.close();
      return;
    }
    SslHandler secured = client.pipeline().get(SslHandler.class);
    if (secured == null) {
      duplex.shutdownOutput();
    } else {
      // Without this farewell the end would look like a truncation attack.
      secured.closeOutbound().addListener(said -> duplex.shutdownOutput());
    }
    client.config().setAutoRead(true);
    client.eventLoop().schedule(() -> client.close(), LINGER_SECONDS, TimeUnit.SECONDS);
  }
}
