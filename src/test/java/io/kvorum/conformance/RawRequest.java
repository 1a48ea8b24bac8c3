package io.kvorum.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** A POST on a connection of its own, which breaks when this is closed. Confined to one thread. */
final class RawRequest implements AutoCloseable {
  private static final int READ_MILLIS = 15_000;

  private final Socket socket;

  private RawRequest(Socket socket) {
    this.socket = socket;
  }

  /** Sends a body, written with single quotes. */
  static RawRequest post(URI endpoint, String path, String body) {
    try {
      Socket socket = new Socket(endpoint.getHost(), endpoint.getPort());
      socket.setSoTimeout(READ_MILLIS);
      String json = body.replace('\'', '"');
      String request =
          "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
              .formatted(path, json.length(), json);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new RawRequest(socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether the first byte of an answer has arrived. */
  boolean hasAnswer() {
    try {
      return socket.getInputStream().available() > 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
