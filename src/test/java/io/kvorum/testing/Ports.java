package io.kvorum.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Chooses free ports of the loopback interface for servers: below those that the system hands out
 * to connections, so that a server that was down for a while finds its port still free. Stateless.
 */
public final class Ports {
  private static final int LOWEST = 15_000;
  private static final int HIGHEST = 30_000;

  private Ports() {}

  /** A port that is free now. */
  public static int free() {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"))) {
        return socket.getLocalPort();
      } catch (IOException taken) {
        // Try another one.
      }
    }
  }

  /** The URL of a port that is free now. */
  public static URI freeUrl() {
    return URI.create("http://127.0.0.1:" + free());
  }
}
