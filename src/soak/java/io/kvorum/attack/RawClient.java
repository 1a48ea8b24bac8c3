package io.kvorum.attack;

import io.kvorum.testing.Pause;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * A connection on which a test sends the bytes it likes, of HTTP/1.1 or of HTTP/2. Confined to one
 * thread.
 */
final class RawClient implements AutoCloseable {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PING = 6;
  static final int WINDOW_UPDATE = 8;
  static final int END_STREAM = 1;
  static final int END_HEADERS = 4;

  static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final SocketChannel channel;

  private RawClient(SocketChannel channel) {
    this.channel = channel;
  }

  static RawClient to(URI endpoint) throws IOException {
    SocketChannel channel = SocketChannel.open();
    channel.setOption(StandardSocketOptions.SO_RCVBUF, 16 << 10);
    channel.connect(new InetSocketAddress(endpoint.getHost(), endpoint.getPort()));
    channel.configureBlocking(false);
    return new RawClient(channel);
  }

  /** Sends what the connection takes now; false if that is not all. */
  boolean send(byte[] bytes) throws IOException {
    ByteBuffer rest = ByteBuffer.wrap(bytes);
    for (int tries = 0; rest.hasRemaining() && tries < 100; tries++) {
      channel.write(rest);
    }
    return !rest.hasRemaining();
  }

  /** Sends all of it, reading and dropping meanwhile; false if that takes too long. */
  boolean sendWhole(byte[] bytes) throws IOException {
    ByteBuffer rest = ByteBuffer.wrap(bytes);
    ByteBuffer dropped = ByteBuffer.allocate(64 << 10);
    for (int tries = 0; rest.hasRemaining() && tries < 200; tries++) {
      if (channel.write(rest) == 0) {
        Pause.of(1);
      }
      channel.read(dropped.clear());
    }
    return !rest.hasRemaining();
  }

  boolean send(String text) throws IOException {
    return send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Reads what has arrived; -1 at the end. */
  int read(ByteBuffer buffer) throws IOException {
    return channel.read(buffer);
  }

  /** Begins HTTP/2, with a window that never opens further. */
  void beginHttp2() throws IOException {
    send(PREFACE);
    frame(SETTINGS, 0, 0, new byte[0]);
  }

  boolean frame(int type, int flags, int stream, byte[] payload) throws IOException {
    return send(frameOf(type, flags, stream, payload));
  }

  static byte[] frameOf(int type, int flags, int stream, byte[] payload) {
    ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
    frame.put((byte) (payload.length >> 16)).putShort((short) payload.length);
    frame.put((byte) type).put((byte) flags).putInt(stream).put(payload);
    return frame.array();
  }

  /** The headers of a call, each as a literal that is not indexed. */
  static byte[] headers(String method) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    literal(block, ":method", "POST");
    literal(block, ":scheme", "http");
    literal(block, ":path", method);
    literal(block, ":authority", "localhost");
    literal(block, "content-type", "application/grpc");
    literal(block, "te", "trailers");
    return block.toByteArray();
  }

  static void literal(ByteArrayOutputStream block, String name, String value) {
    block.write(0);
    text(block, name);
    text(block, value);
  }

  private static void text(ByteArrayOutputStream block, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    int length = bytes.length;
    if (length < 127) {
      block.write(length);
    } else {
      block.write(127);
      for (length -= 127; length >= 128; length >>= 7) {
        block.write(length & 127 | 128);
      }
      block.write(length);
    }
    block.writeBytes(bytes);
  }

  /** A message as gRPC frames it. */
  static byte[] message(boolean compressed, byte[] content) {
    return ByteBuffer.allocate(5 + content.length)
        .put((byte) (compressed ? 1 : 0))
        .putInt(content.length)
        .put(content)
        .array();
  }

  /** Resets the connection. */
  void reset() throws IOException {
    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    channel.close();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
