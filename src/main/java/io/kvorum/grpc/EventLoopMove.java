package io.kvorum.grpc;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;

/**
 * Moves a connection from the event loop that has accepted it to one that serves. Confined to the
 * event loop of the connection.
 *
 * <p>A connection must not be read by two event loops. Netty reads on in queued tasks where the
 * client has ended its side, and such a task may still wait when the connection has left its event
 * loop: it is registered at the new one when none has read for a while. Nor may it be closed on its
 * way: Netty would remove it from the table of the new event loop on the thread of the old one.
 *
 * <p>Held by: EventLoopMoveTest, PortSnifferTest, HttpRelayTest.
 */
final class EventLoopMove {
  private final Channel channel;
  private final EventLoopGroup serving;
  private final Traveller traveller;

  /** What is moved. */
  interface Traveller {
    /** How often something has been read from the connection, its end included. */
    long reads();

    /** It has arrived on the new event loop, which reads it. */
    void onArrival();

    /** It was closed on its way; called on the old event loop. */
    void onLoss();
  }

  private EventLoopMove(Channel channel, EventLoopGroup serving, Traveller traveller) {
    this.channel = channel;
    this.serving = serving;
    this.traveller = traveller;
  }

  /**
   * Moves it; what is read meanwhile is what had arrived before.
   *
   * @param channel whose input may end without its being closed
   */
  static void begin(Channel channel, EventLoopGroup serving, Traveller traveller) {
    EventLoopMove move = new EventLoopMove(channel, serving, traveller);
    EventLoop old = channel.eventLoop();
    channel.config().setAutoRead(false);
    channel.deregister().addListener(left -> move.settle(old, -1));
  }

  private void settle(EventLoop old, long before) {
    long now = traveller.reads();
    if (now != before) {
      old.execute(() -> settle(old, now));
    } else if (channel.isOpen()) {
      register();
    } else {
      traveller.onLoss();
    }
  }

  private void register() {
    serving
        .register(channel)
        .addListener(
            arrived -> {
              if (arrived.isSuccess() && channel.isActive()) {
                channel.config().setAutoRead(true);
                traveller.onArrival();
              }
            });
  }
}
