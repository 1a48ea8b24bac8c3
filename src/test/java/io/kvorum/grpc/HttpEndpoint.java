package io.kvorum.grpc;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A plain HTTP/1.1 server on loopback, one thread per connection, that notes who came: what the
 * relay hands connections to in tests.
 *
 * <p>{@code POST /echo} answers with the body; {@code GET /chunks/N} with N chunks of 1,000 bytes;
 * {@code GET /hang-up} closes the connection without an answer; {@code GET /to-the-end} answers
 * with what the client sends until it shuts down its side.
 */
final class HttpEndpoint implements AutoCloseable {
  /** The connections as the endpoint saw them. */
  final Queue<Integer> remotePorts = new ConcurrentLinkedQueue<>();

  private final ServerSocket listener;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  HttpEndpoint() throws IOException {
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  int openConnections() {
    return open.size();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        open.add(socket);
        remotePorts.add(socket.getPort());
        threads.execute(() -> serve(socket));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      for (String line = line(in); !line.isEmpty(); line = line(in)) {
        if (!answer(line, in, out)) {
          return;
        }
      }
    } catch (IOException gone) {
      // The test looks at the client's side.
    } finally {
      open.remove(socket);
    }
  }

  private boolean answer(String requestLine, InputStream in, OutputStream out) throws IOException {
    int length = 0;
    for (String header = line(in); !header.isEmpty(); header = line(in)) {
      if (header.toLowerCase().startsWith("content-length:")) {
        length = Integer.parseInt(header.substring(15).trim());
      }
    }
    String path = requestLine.split(" ")[1];
    if (path.equals("/hang-up")) {
      return false;
    }
    if (path.equals("/to-the-end")) {
      byte[] all = in.readAllBytes();
      out.write(head("Content-Length: " + all.length));
      out.write(all);
      return false;
    }
    if (path.startsWith("/chunks/")) {
      out.write(head("Transfer-Encoding: chunked"));
      for (int i = Integer.parseInt(path.substring(8)); i > 0; i--) {
        out.write(("3e8\r\n" + "c".repeat(1000) + "\r\n").getBytes(StandardCharsets.US_ASCII));
      }
      out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      return true;
    }
    byte[] body = in.readNBytes(length);
    out.write(head("Content-Length: " + body.length));
    out.write(body);
    out.flush();
    return true;
  }

  private static byte[] head(String header) {
    return ("HTTP/1.1 200 OK\r\n" + header + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
  }

  static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != -1 && b != '\n'; b = in.read()) {
      if (b != '\r') {
        line.write(b);
      }
    }
    return line.toString(StandardCharsets.US_ASCII);
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : open) {
      socket.close();
    }
    threads.shutdownNow();
  }
}
