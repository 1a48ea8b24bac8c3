package io.kvorum.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Passes TCP connections on to another port of this machine, and keeps every byte of both
 * directions. Listens from its construction until it is closed. Thread-safe.
 */
public final class RecordingProxy implements AutoCloseable {
  private static final int PIECE_BYTES = 16 << 10;
  private static final int CONNECT_MILLIS = 5_000;

  private final ServerSocket listener;
  private final int target;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();

  /** One for each direction of each connection; safe for threads, as that class is. */
  private final List<ByteArrayOutputStream> flows = new CopyOnWriteArrayList<>();

  /** Listens on a port of loopback. */
  public RecordingProxy(int port, int target) throws IOException {
    this.target = target;
    this.listener = new ServerSocket(port, 64, InetAddress.getByName("127.0.0.1"));
    start(this::accept);
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "recording proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket caller = listener.accept();
        Socket called = new Socket();
        sockets.add(caller);
        sockets.add(called);
        start(() -> connect(caller, called));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void connect(Socket caller, Socket called) {
    try {
      called.connect(
          new InetSocketAddress(InetAddress.getByName("127.0.0.1"), target), CONNECT_MILLIS);
      start(() -> pass(called, caller));
      pass(caller, called);
    } catch (IOException nobodyListens) {
      end(caller, called);
    }
  }

  /** Until either side ends, which ends the other. */
  private void pass(Socket from, Socket to) {
    byte[] piece = new byte[PIECE_BYTES];
    ByteArrayOutputStream recorded = new ByteArrayOutputStream();
    flows.add(recorded);
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int length = in.read(piece); length >= 0; length = in.read(piece)) {
        recorded.write(piece, 0, length);
        out.write(piece, 0, length);
      }
    } catch (IOException ended) {
      // The other side is to see the same.
    }
    end(from, to);
  }

  private static void end(Socket... ended) {
    for (Socket socket : ended) {
      try {
        socket.close();
      } catch (IOException alreadyGone) {
        // As it should be.
      }
    }
  }

  /** How many bytes have passed. */
  public long size() {
    return flows.stream().mapToLong(ByteArrayOutputStream::size).sum();
  }

  /** Whether that text has passed, in either direction. */
  public boolean has(String text) {
    return flows.stream()
        .anyMatch(flow -> flow.toString(StandardCharsets.ISO_8859_1).contains(text));
  }

  @Override
  public void close() throws IOException {
    listener.close();
    sockets.forEach(RecordingProxy::end);
  }
}
