package io.kvorum.load;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A run in which connections are opened, secured if the endpoint says so, and closed as soon as the
 * server has sent its first frame: a fixed number at a time. One use; runs on the thread that calls
 * {@link #run()}.
 */
final class Handshakes {
  private static final Duration LAST_ANSWERS = Duration.ofSeconds(30);

  private final LoadOptions options;
  private final Network network;
  private final RunControl control;

  Handshakes(LoadOptions options, Network network) {
    this.options = options;
    this.network = network;
    this.control = new RunControl(options.inFlight);
  }

  LoadResult run() throws IOException, InterruptedException {
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < options.inFlight; i++) {
      clients.add(new Client(options.endpoints.get(i % options.endpoints.size())));
    }
    try {
      clients.forEach(Client::next);
      control.awaitCallers(seconds(options.warmupSeconds));
      ProcessUsage before = ClosedLoop.usage(options.serverPids);
      long start = System.nanoTime();
      control.startCounting();
      control.awaitCallers(seconds(options.seconds));
      control.stopCounting();
      double took = (System.nanoTime() - start) / 1e9;
      ProcessUsage after = ClosedLoop.usage(options.serverPids);
      control.stop();
      if (!control.awaitCallers(LAST_ANSWERS)) {
        throw new IllegalStateException("connections without a frame after the run");
      }
      Meter sum = new Meter();
      clients.forEach(client -> client.meter.addTo(sum));
      return LoadResult.of(
          options, sum, took, after.cpuNanos() - before.cpuNanos(), after.peakResidentBytes());
    } finally {
      control.stop();
    }
  }

  private static Duration seconds(double seconds) {
    return Duration.ofNanos((long) (seconds * 1e9));
  }

  /** One connection after the other; each on an event loop, and one at a time. */
  private final class Client {
    private final URI endpoint;
    private final Meter meter = new Meter();

    Client(URI endpoint) {
      this.endpoint = endpoint;
    }

    void next() {
      if (!control.running()) {
        control.callerStopped();
        return;
      }
      GrpcConnection preface = new GrpcConnection(endpoint.getAuthority(), null, 1 << 16);
      FirstFrame first = new FirstFrame();
      long begin = System.nanoTime();
      ChannelFuture opening = network.open(endpoint, true, options.resumesSessions, first, preface);
      opening.channel().closeFuture().addListener(closed -> ended(begin, first, opening.cause()));
    }

    private void ended(long begin, FirstFrame first, @Nullable Throwable refused) {
      if (control.counting()) {
        if (first.atNanos != 0) {
          meter.succeeded(first.atNanos - begin);
        } else {
          meter.failed(refused == null ? "closed without a frame" : refused.toString());
        }
      }
      next();
    }
  }

  /** Closes the connection when something arrives; the preface has been sent behind it. */
  private static final class FirstFrame extends ChannelInboundHandlerAdapter {
    private long atNanos;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ReferenceCountUtil.release(message);
      if (atNanos == 0) {
        atNanos = System.nanoTime();
        context.close();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }
}
