package io.kvorum.boot.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.Await;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemdNotifierTest {
  @TempDir Path directory;

  private final EventLoopGroup loop = new EpollEventLoopGroup(1);
  private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
  private final List<String> warnings = new ArrayList<>();
  private final Logger logger = Logger.getLogger(SystemdNotifier.class.getName());
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord line) {
          warnings.add(line.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listenToTheLog() {
    logger.addHandler(handler);
  }

  @AfterEach
  void leave() {
    logger.removeHandler(handler);
    loop.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
  }

  /** A service manager's end of the socket. */
  private Channel bind(String path) {
    return new Bootstrap()
        .group(loop)
        .channel(EpollDomainDatagramChannel.class)
        .handler(
            new SimpleChannelInboundHandler<DomainDatagramPacket>() {
              @Override
              protected void channelRead0(ChannelHandlerContext at, DomainDatagramPacket packet) {
                received.add(packet.content().toString(StandardCharsets.UTF_8));
              }
            })
        .bind(new DomainSocketAddress(path))
        .syncUninterruptibly()
        .channel();
  }

  private static SystemdNotifier notifier(String socket) {
    return SystemdNotifier.fromEnvironment(Map.of("NOTIFY_SOCKET", socket));
  }

  private String next() throws InterruptedException {
    return received.poll(10, TimeUnit.SECONDS);
  }

  @Test
  void readyAndStoppingAreOneDatagramEach() throws Exception {
    Path socket = directory.resolve("notify.sock");
    bind(socket.toString());
    SystemdNotifier notifier = notifier(socket.toString());
    notifier.ready("serving on [http://127.0.0.1:2379]");
    assertThat(next()).isEqualTo("READY=1\nSTATUS=serving on [http://127.0.0.1:2379]");
    notifier.stopping();
    assertThat(next()).isEqualTo("STOPPING=1");
    assertThat(received).isEmpty();
    assertThat(warnings).isEmpty();
  }

  @Test
  void anAbstractNameBeginsWithAnAt() throws Exception {
    String name = "kvorum/" + ProcessHandle.current().pid() + "/" + System.nanoTime();
    bind("\0" + name);
    notifier("@" + name).ready("serving");
    assertThat(next()).isEqualTo("READY=1\nSTATUS=serving");
    assertThat(warnings).isEmpty();
  }

  @Test
  void aStatusCannotAddAnAssignment() throws Exception {
    Path socket = directory.resolve("notify.sock");
    bind(socket.toString());
    notifier(socket.toString()).ready("one\nMAINPID=1");
    assertThat(next()).isEqualTo("READY=1\nSTATUS=one MAINPID=1");
  }

  @Test
  void withoutAServiceManagerNothingHappens() {
    SystemdNotifier.fromEnvironment(Map.of()).ready("serving");
    notifier("").stopping();
    assertThat(warnings).isEmpty();
  }

  @Test
  void aManagerThatCannotBeReachedIsOneWarning() {
    String absent = directory.resolve("absent").toString();
    notifier(absent).ready("serving");
    assertThat(warnings)
        .containsExactly(
            "cannot notify the service manager at NOTIFY_SOCKET=" + absent + ": no such socket");
    warnings.clear();
    notifier("vsock:2:1234").stopping();
    assertThat(warnings)
        .containsExactly(
            "cannot notify the service manager at NOTIFY_SOCKET=vsock:2:1234: neither a path nor an"
                + " abstract name");
  }

  @Test
  void itsThreadEndsWithIt() {
    Path socket = directory.resolve("notify.sock");
    bind(socket.toString());
    notifier(socket.toString()).stopping();
    Await.until(
        "no thread is left",
        Duration.ofSeconds(10),
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("kvorum-notify")));
  }
}
