package io.kvorum.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/**
 * A connection of HTTP/1.1 on which a test sends what it likes, and sees how the answer is framed.
 * One thread at a time.
 */
public final class RawHttp implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 120_000;

  private final Socket socket;
  private final InputStream in;

  private RawHttp(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
  }

  public static RawHttp connect(URI server) throws IOException {
    Socket socket = new Socket(server.getHost(), server.getPort());
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.setTcpNoDelay(true);
    return new RawHttp(socket);
  }

  /** Sends text as it is. */
  public void send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Sends a request with a body. */
  public void post(String path, String body) throws IOException {
    send(
        "POST "
            + path
            + " HTTP/1.1\r\nHost: x\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n"
            + body);
  }

  /** Reads the head of an answer: its first line and headers. */
  public String head() throws IOException {
    StringBuilder head = new StringBuilder();
    for (String line = line(); !line.isEmpty(); line = line()) {
      head.append(line).append('\n');
    }
    return head.toString();
  }

  /** Reads one chunk; empty at the end of the body. */
  public String chunk() throws IOException {
    int size = Integer.parseInt(line(), 16);
    String chunk = new String(in.readNBytes(size), StandardCharsets.UTF_8);
    String end = line();
    if (!end.isEmpty()) {
      throw new IOException("a chunk of " + size + " bytes goes on with " + end);
    }
    return chunk;
  }

  /** Reads all that comes until the server closes the connection, or has reset it. */
  public String toTheEnd() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try {
      in.transferTo(all);
    } catch (IOException reset) {
      return all.toString(StandardCharsets.UTF_8);
    }
    return all.toString(StandardCharsets.UTF_8);
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new IOException("the connection ends after \"" + line + "\"");
      }
      if (b != '\r') {
        line.write(b);
      }
    }
    return line.toString(StandardCharsets.UTF_8);
  }

  /** Sends no more. */
  public void endOutput() throws IOException {
    socket.shutdownOutput();
  }

  /** Resets the connection. */
  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
