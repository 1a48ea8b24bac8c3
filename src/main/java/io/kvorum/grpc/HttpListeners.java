package io.kvorum.grpc;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * Listens on the addresses that are for HTTP/1.1 alone. Used by one thread at a time.
 *
 * <p>Held by: ClientPortStartTest.
 */
final class HttpListeners {
  private final Transport transport;
  private final EventLoopGroup acceptLoop;
  private final Presence presence;
  private final List<Channel> listeners = new ArrayList<>();

  HttpListeners(Transport transport, EventLoopGroup acceptLoop, Presence presence) {
    this.transport = transport;
    this.acceptLoop = acceptLoop;
    this.presence = presence;
  }

  /**
   * Listens on more addresses.
   *
   * @param loops serve their clients
   * @param offer what these can ask for
   * @throws IOException if one cannot be listened on; the message names it
   */
  void listen(List<InetSocketAddress> addresses, EventLoopGroup loops, HttpFront.Offer offer)
      throws IOException {
    for (InetSocketAddress address : addresses) {
      ChannelFuture bound =
          new ServerBootstrap()
              .group(acceptLoop, loops)
              .channel(transport.serverChannelType())
              .childOption(ChannelOption.SO_KEEPALIVE, true)
              .childHandler(
                  new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel client) {
                      if (presence.accept(client)) {
                        client.pipeline().addLast(new HttpFront(offer));
                      } else {
                        client.close();
                      }
                    }
                  })
              .bind(address)
              .awaitUninterruptibly();
      if (!bound.isSuccess()) {
        throw ListenFailure.of(address, bound.cause());
      }
      listeners.add(bound.channel());
    }
  }

  List<InetSocketAddress> addresses() {
    return listeners.stream().map(socket -> (InetSocketAddress) socket.localAddress()).toList();
  }

  /** Stops listening; the connections remain until the event loops end. */
  void close() {
    listeners.forEach(socket -> socket.close().awaitUninterruptibly());
    listeners.clear();
  }
}
