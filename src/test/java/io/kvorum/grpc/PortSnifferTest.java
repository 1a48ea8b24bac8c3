package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.support.MemoryBudget;
import io.kvorum.tls.TlsListeners;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.DefaultEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http2.Http2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PortSnifferTest {
  private static final Duration LONG = Duration.ofDays(2);

  private final Presence presence = new Presence(1 << 20, 0);
  private final DefaultEventLoopGroup serving = new DefaultEventLoopGroup(1);
  private final EmbeddedChannel client =
      new EmbeddedChannel(
          new PortSniffer(
              new Http2ConnectionHandlerBuilder()
                  .server(true)
                  .frameListener(new Http2FrameAdapter())
                  .build(),
              new ChannelInboundHandlerAdapter(),
              new PortSniffer.Ways(
                  TlsListeners.none(),
                  new ServingGate(HoldLimits.usual()),
                  serving,
                  new DefaultChannelGroup(GlobalEventExecutor.INSTANCE),
                  presence,
                  channel ->
                      new ClientConnection(
                          channel,
                          new Outbox(channel.eventLoop()),
                          MemoryBudget.unlimited().newAccount(),
                          presence,
                          new Arrivals(MemoryBudget.unlimited().newAccount().open()),
                          null),
                  "/page"::equals,
                  new HttpFront.Offer(
                      PortHarness.NO_PAGES,
                      null,
                      new HttpLimits(LONG, LONG, LONG, 1 << 10, 1 << 20),
                      loop -> new HeldBytes(1 << 20),
                      null,
                      1))));

  @AfterEach
  void stop() {
    serving.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
  }

  private void pass(long time, TimeUnit unit) {
    client.advanceTimeBy(time, unit);
    client.runScheduledPendingTasks();
  }

  private void send(String text) {
    client.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
  }

  @Test
  void aConnectionThatHasSentNothingMayBeSilent() {
    client.freezeTime();
    pass(7, TimeUnit.DAYS);
    assertThat(client.isActive()).isTrue();
  }

  @Test
  void whatHasBegunMustGoOn() {
    client.freezeTime();
    send("P");
    pass(59, TimeUnit.SECONDS);
    assertThat(client.isActive()).isTrue();
    send("R");
    pass(2, TimeUnit.SECONDS);
    assertThat(client.isActive()).isFalse();
  }

  @Test
  void whatIsNotHttp2HasItsOwnTime() {
    client.freezeTime();
    send("GET /page HTTP");
    assertThat(client.pipeline().get(PortSniffer.class)).isNull();
    pass(1, TimeUnit.DAYS);
    assertThat(client.isActive()).isTrue();
  }
}
