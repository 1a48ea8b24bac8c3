package io.kvorum.ctl.client;

import io.grpc.ManagedChannel;
import io.grpc.netty.NegotiationType;
import io.grpc.netty.NettyChannelBuilder;
import io.kvorum.support.Futures;
import io.kvorum.support.Threads;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections to the members of one cluster, and closes them. Used by one thread; the
 * connections are thread-safe.
 */
public final class Connections implements AutoCloseable {
  private final ClientSettings settings;
  private final NioEventLoopGroup eventLoop =
      new NioEventLoopGroup(1, Threads.daemons("kvorumctl-net"));
  private final List<ManagedChannel> channels = new ArrayList<>();
  private @Nullable SslContext tls;

  public Connections(ClientSettings settings) {
    this.settings = settings;
  }

  /** A connection to one endpoint, which is established when it is used. */
  public Connection to(EndpointAddress endpoint) throws RpcException {
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(endpoint.host(), endpoint.port())
            .eventLoopGroup(eventLoop)
            .channelType(NioSocketChannel.class)
            .directExecutor()
            .keepAliveTime(settings.keepAliveTime().toNanos(), TimeUnit.NANOSECONDS)
            .keepAliveTimeout(settings.keepAliveTimeout().toNanos(), TimeUnit.NANOSECONDS)
            .maxInboundMessageSize(
                settings.maxReceivedBytes() == 0 ? Integer.MAX_VALUE : settings.maxReceivedBytes());
    if (settings.tls().apply(endpoint)) {
      builder.negotiationType(NegotiationType.TLS).sslContext(tls());
    } else {
      builder.negotiationType(NegotiationType.PLAINTEXT);
    }
    ManagedChannel channel = builder.build();
    channels.add(channel);
    return new Connection(endpoint, channel, settings);
  }

  private SslContext tls() throws RpcException {
    if (tls == null) {
      tls = settings.tls().context();
    }
    return tls;
  }

  /** The first of the endpoints that can be reached, within the time for a command. */
  public Connection any() throws RpcException, InterruptedException {
    List<EndpointAddress> endpoints = settings.endpoints();
    if (endpoints.size() == 1) {
      return to(endpoints.get(0));
    }
    List<CompletableFuture<Connection>> attempts = new ArrayList<>();
    for (EndpointAddress endpoint : endpoints) {
      attempts.add(to(endpoint).ready());
    }
    try {
      return (Connection)
          CompletableFuture.anyOf(attempts.toArray(new CompletableFuture<?>[0]))
              .get(settings.commandTimeout().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException late) {
      throw RpcException.timeout();
    } catch (ExecutionException impossible) {
      throw new IllegalStateException(Futures.cause(impossible));
    }
  }

  /**
   * Asks each endpoint, all at the same time.
   *
   * @return the answers, in the order of the endpoints
   */
  public <T> List<T> each(Function<Connection, T> question)
      throws RpcException, InterruptedException {
    List<CompletableFuture<T>> answers = new ArrayList<>();
    for (EndpointAddress endpoint : settings.endpoints()) {
      Connection connection = to(endpoint);
      CompletableFuture<T> answer = new CompletableFuture<>();
      Threads.daemon(
              "kvorumctl-" + endpoint.text(),
              () -> answer.completeAsync(() -> question.apply(connection), Runnable::run))
          .start();
      answers.add(answer);
    }
    List<T> inOrder = new ArrayList<>();
    for (CompletableFuture<T> answer : answers) {
      try {
        inOrder.add(answer.get());
      } catch (ExecutionException failed) {
        throw new IllegalStateException(Futures.cause(failed));
      }
    }
    return inOrder;
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
    var unused = eventLoop.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
  }
}
