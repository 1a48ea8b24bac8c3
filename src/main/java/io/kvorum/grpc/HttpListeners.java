package io.kvorum.grpc;

import io.kvorum.tls.ServerTls;
import io.kvorum.tls.TlsListeners;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Listens on the addresses that are for HTTP alone: HTTP/1.1, and HTTP/2 over TLS. Used by one
 * thread at a time.
 *
 * <p>Held by: ClientPortStartTest.
 */
final class HttpListeners {
  private final Transport transport;
  private final EventLoopGroup acceptLoop;
  private final EventLoopGroup serving;
  private final Presence presence;
  private final TlsListeners tls;
  private final List<Channel> listeners = new ArrayList<>();

  /**
   * @param serving what serves the clients that speak TLS, whose handshakes take long
   */
  HttpListeners(
      Transport transport,
      EventLoopGroup acceptLoop,
      EventLoopGroup serving,
      Presence presence,
      TlsListeners tls) {
    this.transport = transport;
    this.acceptLoop = acceptLoop;
    this.serving = serving;
    this.presence = presence;
    this.tls = tls;
  }

  /**
   * Listens on more addresses.
   *
   * @param loops serve their clients, if they do not speak TLS
   * @param offer what these can ask for
   * @throws IOException if one cannot be listened on; the message names it
   */
  void listen(List<SocketAddress> addresses, EventLoopGroup loops, HttpFront.Offer offer)
      throws IOException {
    for (SocketAddress address : addresses) {
      ServerTls secure = tls.of(address);
      ServerBootstrap bootstrap =
          new ServerBootstrap()
              .group(acceptLoop, secure == null ? loops : serving)
              .channel(transport.listenerType(address))
              .childHandler(
                  new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel client) {
                      accept(client, secure, offer);
                    }
                  });
      if (address instanceof InetSocketAddress) {
        bootstrap.childOption(ChannelOption.SO_KEEPALIVE, true);
      }
      ChannelFuture bound = bootstrap.bind(transport.bindable(address)).awaitUninterruptibly();
      if (!bound.isSuccess()) {
        throw ListenFailure.of(address, bound.cause());
      }
      listeners.add(bound.channel());
    }
  }

  private void accept(Channel client, @Nullable ServerTls secure, HttpFront.Offer offer) {
    if (!presence.accept(client)) {
      client.close();
      return;
    }
    if (secure == null) {
      client.pipeline().addLast(HttpFront.ofConnection(offer));
    } else {
      client
          .pipeline()
          .addLast(
              new TlsEntrance(secure, presence, null, () -> true), new HttpChoice(offer, presence));
    }
  }

  List<SocketAddress> addresses() {
    return listeners.stream().map(Channel::localAddress).toList();
  }

  /** Stops listening; the connections remain until the event loops end. */
  void close() {
    listeners.forEach(socket -> socket.close().awaitUninterruptibly());
    listeners.clear();
  }
}
