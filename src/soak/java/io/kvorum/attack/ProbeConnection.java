package io.kvorum.attack;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A connection for one request of a page, as a probe makes it. Confined to one thread. */
final class ProbeConnection implements AutoCloseable {
  private final Socket socket = new Socket();

  ProbeConnection(URI endpoint, Duration patience) throws IOException {
    int millis = (int) patience.toMillis();
    socket.setSoTimeout(millis);
    socket.connect(new InetSocketAddress(endpoint.getHost(), endpoint.getPort()), millis);
  }

  /** The whole answer. */
  String get(String page) throws IOException {
    String request = "GET " + page + " HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
