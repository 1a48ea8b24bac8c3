package io.kvorum.grpc;

import io.kvorum.support.Log;
import io.kvorum.tls.ServerTls;
import io.kvorum.tls.TlsListeners;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
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
  private static final Log LOG = Log.of(HttpListeners.class);

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
                      accept(client, secure, tls.isShared(address), offer);
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

  private void accept(
      Channel client, @Nullable ServerTls secure, boolean isShared, HttpFront.Offer offer) {
    if (!presence.accept(client)) {
      client.close();
    } else if (secure == null) {
      client.pipeline().addLast(HttpFront.ofConnection(offer));
    } else if (isShared) {
      client.pipeline().addLast(new FirstByte(secure, offer));
    } else {
      addSecured(client, secure, offer);
    }
  }

  private void addSecured(Channel client, ServerTls secure, HttpFront.Offer offer) {
    client
        .pipeline()
        .addLast(
            new TlsEntrance(secure, presence, null, () -> true), new HttpChoice(offer, presence));
  }

  /** Waits for the first byte of a client that may speak TLS, and need not. */
  private final class FirstByte extends ChannelInboundHandlerAdapter {
    private final ServerTls secure;
    private final HttpFront.Offer offer;

    FirstByte(ServerTls secure, HttpFront.Offer offer) {
      this.secure = secure;
      this.offer = offer;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
      if (TlsEntrance.begins((ByteBuf) bytes)) {
        addSecured(context.channel(), secure, offer);
      } else {
        context.pipeline().addLast(HttpFront.ofConnection(offer));
      }
      context.fireChannelRead(bytes);
      context.pipeline().remove(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      LOG.debug("a connection failed before its first byte", cause);
      context.close();
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
