package io.kvorum.grpc;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;

/**
 * Moves a connection from the event loop that has accepted it to one that serves. Stateless.
 *
 * <p>Held by: PortSnifferTest, HttpRelayTest.
 */
final class EventLoopMove {
  private EventLoopMove() {}

  /**
   * Moves it; nothing is read meanwhile.
   *
   * @param onArrival called on the new event loop, unless the connection has been closed
   */
  static void begin(Channel channel, EventLoopGroup serving, Runnable onArrival) {
    channel.config().setAutoRead(false);
    channel
        .deregister()
        .addListener(
            left ->
                serving
                    .register(channel)
                    .addListener(
                        arrived -> {
                          if (arrived.isSuccess() && channel.isActive()) {
                            channel.config().setAutoRead(true);
                            onArrival.run();
                          }
                        }));
  }
}
