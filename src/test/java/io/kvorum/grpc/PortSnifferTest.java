package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.support.MemoryBudget;
import io.kvorum.tls.TlsListeners;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.DefaultEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PortSnifferTest {
  private final Presence presence = new Presence(1 << 20, 0);
  private final DefaultEventLoopGroup serving = new DefaultEventLoopGroup(1);
  private final EmbeddedChannel client =
      new EmbeddedChannel(
          new PortSniffer(
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
                  ChannelInboundHandlerAdapter::new)));

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
