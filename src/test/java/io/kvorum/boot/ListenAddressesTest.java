package io.kvorum.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.boot.config.MemberConfig;
import io.kvorum.grpc.ClientPort;
import io.kvorum.grpc.OperatorPages;
import io.kvorum.grpc.PlainAnswer;
import io.kvorum.service.RelayedConnections;
import io.kvorum.support.MemoryBudget;
import io.kvorum.testing.Ports;
import io.kvorum.tls.TlsListeners;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a member is reached that listens on each kind of URL. */
final class ListenAddressesTest {
  private static final OperatorPages NO_PAGES =
      new OperatorPages() {
        @Override
        public boolean has(String path) {
          return false;
        }

        @Override
        public CompletableFuture<PlainAnswer> answer(Request request) {
          throw new AssertionError(request);
        }
      };

  @TempDir private Path directory;

  private static ClientPort listen(String urls) throws IOException {
    Map<String, String> flags =
        Map.of("listen-client-urls", urls, "advertise-client-urls", "http://a.example:1");
    PartSettings settings = PartSettings.of(MemberConfig.fromFlags(flags::get));
    ClientPort port =
        new ClientPort(
            settings.clientPort(),
            NO_PAGES,
            new RelayedConnections(),
            MemoryBudget.unlimited(),
            TlsListeners.none());
    port.listen();
    return port;
  }

  private static boolean isReached(String address, int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.getByName(address), port)) {
      return socket.isConnected();
    } catch (ConnectException refused) {
      return false;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "localhost, true, false",
    "127.0.0.1, true, false",
    "[::1], false, true",
    "[::], true, true",
    "0.0.0.0, true, true"
  })
  void aUrlIsReachedWhereEtcdsIs(String host, boolean byIpv4, boolean byIpv6) throws IOException {
    int number = Ports.free();
    ClientPort port = listen("http://" + host + ":" + number);
    try {
      assertThat(isReached("127.0.0.1", number)).isEqualTo(byIpv4);
      assertThat(isReached("::1", number)).isEqualTo(byIpv6);
    } finally {
      port.close();
    }
  }

  @Test
  void severalUrlsAreListenedOnAndPort0IsAnyThatIsFree() throws IOException {
    int number = Ports.free();
    Path socket = directory.resolve("s");
    ClientPort port = listen("http://127.0.0.1:0,http://127.0.0.1:" + number + ",unix://" + socket);
    try {
      assertThat(port.addresses()).hasSize(2).allMatch(address -> address.getPort() > 0);
      assertThat(isReached("127.0.0.1", number)).isTrue();
      assertThat(isReached("127.0.0.1", port.addresses().get(0).getPort())).isTrue();
      try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
        assertThat(client.isConnected()).isTrue();
      }
    } finally {
      port.close();
    }
    assertThat(socket).doesNotExist();
  }
}
