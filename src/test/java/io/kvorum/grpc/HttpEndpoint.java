package io.kvorum.grpc;

import io.kvorum.service.RelayedConnections;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A plain HTTP/1.1 server on loopback, one thread per connection, that notes who came: what the
 * relay sends requests to in tests.
 *
 * <p>{@code POST /v3/echo} answers with the body; {@code GET /v3/chunks/N} with N chunks of 1,000
 * bytes; {@code GET /v3/bytes/N} with N bytes; {@code GET /v3/hang-up} closes the connection
 * without an answer; {@code GET /v3/torn} does so in the middle of one; {@code GET /v3/page/N}
 * answers with status N and a page for browsers; {@code POST /v3/last} answers and closes; {@code
 * GET /v3/wait} answers when {@link #answer} says so. {@code POST /v3/watch} answers with the body
 * as it comes, in chunks of 5 bytes, or in a hundred of them if that is less.
 */
final class HttpEndpoint implements AutoCloseable {
  /** The connections as the endpoint saw them. */
  final Queue<Integer> remotePorts = new ConcurrentLinkedQueue<>();

  /** The heads of requests: the first line, then headers. */
  final Queue<List<String>> heads = new ConcurrentLinkedQueue<>();

  private final ServerSocket listener;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final CountDownLatch mayAnswer = new CountDownLatch(1);

  HttpEndpoint() throws IOException {
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  /** What the first request has carried as a proof that it came through the relay. */
  String proof() {
    String name = RelayedConnections.PROOF.toLowerCase() + ": ";
    return heads.element().stream()
        .filter(header -> header.startsWith(name))
        .map(header -> header.substring(name.length()))
        .findFirst()
        .orElseThrow();
  }

  int openConnections() {
    return open.size();
  }

  /** Answers those who wait for it. */
  void answer() {
    mayAnswer.countDown();
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
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(socket);
    }
  }

  private boolean answer(String requestLine, InputStream in, OutputStream out)
      throws IOException, InterruptedException {
    List<String> head = new ArrayList<>(List.of(requestLine));
    int length = 0;
    boolean isChunked = false;
    for (String header = line(in); !header.isEmpty(); header = line(in)) {
      head.add(header.toLowerCase());
      if (header.toLowerCase().startsWith("content-length:")) {
        length = Integer.parseInt(header.substring(15).trim());
      }
      isChunked |= header.equalsIgnoreCase("transfer-encoding: chunked");
    }
    heads.add(head);
    String path = requestLine.split(" ")[1];
    if (path.equals("/v3/watch")) {
      echoAsItComes(in, out, isChunked, length);
      return true;
    }
    byte[] body = in.readNBytes(length);
    if (path.equals("/v3/hang-up")) {
      return false;
    }
    if (path.equals("/v3/torn")) {
      out.write(head("Content-Length: 100"));
      out.write(new byte[10]);
      return false;
    }
    if (path.equals("/v3/wait")) {
      mayAnswer.await();
    }
    if (path.startsWith("/v3/chunks/")) {
      out.write(head("Transfer-Encoding: chunked"));
      for (int i = number(path); i > 0; i--) {
        chunk(out, "c".repeat(1000).getBytes(StandardCharsets.US_ASCII));
      }
      out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      return true;
    }
    if (path.startsWith("/v3/bytes/")) {
      body = "b".repeat(number(path)).getBytes(StandardCharsets.US_ASCII);
    }
    String status = path.startsWith("/v3/page/") ? number(path) + " Some Error" : "200 OK";
    if (path.startsWith("/v3/page/")) {
      out.write(head(status, "Content-Type: text/html", "Content-Length: 6"));
      out.write("<html>".getBytes(StandardCharsets.US_ASCII));
      return true;
    }
    boolean isLast = path.equals("/v3/last");
    out.write(
        head(status, "Content-Length: " + body.length, isLast ? "Connection: Close" : "X: y"));
    if (!requestLine.startsWith("HEAD ")) {
      out.write(body);
    }
    out.flush();
    return !isLast;
  }

  private static int number(String path) {
    return Integer.parseInt(path.substring(path.lastIndexOf('/') + 1));
  }

  private static void echoAsItComes(InputStream in, OutputStream out, boolean isChunked, int length)
      throws IOException {
    out.write(head("Content-Type: application/json\r\nTransfer-Encoding: chunked"));
    if (!isChunked) {
      inPieces(out, in.readNBytes(length));
    } else {
      for (int size = size(in); size > 0; size = size(in)) {
        inPieces(out, in.readNBytes(size));
        line(in);
      }
      line(in);
    }
    out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
  }

  private static int size(InputStream in) throws IOException {
    String line = line(in);
    if (line.isEmpty()) {
      throw new IOException("the body breaks off");
    }
    return Integer.parseInt(line, 16);
  }

  private static void inPieces(OutputStream out, byte[] bytes) throws IOException {
    int size = Math.max(5, bytes.length / 100);
    for (int i = 0; i < bytes.length; i += size) {
      chunk(out, java.util.Arrays.copyOfRange(bytes, i, Math.min(i + size, bytes.length)));
    }
  }

  private static void chunk(OutputStream out, byte[] bytes) throws IOException {
    ByteArrayOutputStream chunk = new ByteArrayOutputStream();
    chunk.writeBytes(
        (Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
    chunk.writeBytes(bytes);
    chunk.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
    out.write(chunk.toByteArray());
  }

  private static byte[] head(String header) {
    return head("200 OK", header);
  }

  private static byte[] head(String status, String... headers) {
    return ("HTTP/1.1 " + status + "\r\n" + String.join("\r\n", headers) + "\r\n\r\n")
        .getBytes(StandardCharsets.US_ASCII);
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
