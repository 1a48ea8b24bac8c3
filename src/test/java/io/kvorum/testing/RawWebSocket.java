package io.kvorum.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client of a WebSocket (RFC 6455) that sends the frames that a test wants. One thread at a time.
 */
public final class RawWebSocket implements AutoCloseable {
  /** What ends a stream of frames. */
  public static final Frame END = new Frame(-1, "");

  public static final int CONTINUATION = 0;
  public static final int TEXT = 1;
  public static final int BINARY = 2;
  public static final int CLOSE = 8;
  public static final int PING = 9;
  public static final int PONG = 10;

  /** The example of the RFC. */
  public static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

  private static final int PATIENCE_MILLIS = 60_000;
  private static final byte[] MASK = {1, 2, 3, 4};
  private static final int FINAL = 0x80;
  private static final int MASKED = 0x80;

  /** A frame of the server; of one that closes, the text is the code and the reason. */
  public record Frame(int kind, String text) {}

  private final Socket socket;
  private final DataInputStream in;
  private final List<String> head = new ArrayList<>();

  private RawWebSocket(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(PATIENCE_MILLIS);
    this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
  }

  /**
   * Asks a server for a WebSocket, whatever it answers.
   *
   * @param headers further lines of the request
   */
  public static RawWebSocket connect(URI server, String path, String... headers)
      throws IOException {
    return open(new Socket(server.getHost(), server.getPort()), path, new byte[0], headers);
  }

  /**
   * The same on a connection that there is.
   *
   * @param early what is sent at once behind the request
   */
  public static RawWebSocket open(Socket socket, String path, byte[] early, String... headers)
      throws IOException {
    StringBuilder request =
        new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: x\r\nUser-Agent: test\r\n")
            .append("Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n")
            .append("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + KEY + "\r\n");
    for (String header : headers) {
      request.append(header).append("\r\n");
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(request.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
    bytes.writeBytes(early);
    socket.getOutputStream().write(bytes.toByteArray());
    RawWebSocket opened = new RawWebSocket(socket);
    for (String line = opened.line(); !line.isEmpty(); line = opened.line()) {
      opened.head.add(line);
    }
    return opened;
  }

  @SuppressWarnings("deprecation") // it reads the lines of a head as they are
  private String line() throws IOException {
    String line = in.readLine();
    return line == null ? "" : line;
  }

  /** The lines of the answer to the request. */
  public List<String> head() {
    return List.copyOf(head);
  }

  /** Sends a whole message. */
  public RawWebSocket send(String text) throws IOException {
    return send(TEXT, true, text);
  }

  /** Sends a frame. */
  public RawWebSocket send(int kind, boolean isFinal, String text) throws IOException {
    socket.getOutputStream().write(frame(kind, isFinal, text));
    return this;
  }

  /** Closes with a code. */
  public RawWebSocket sendClose(int code, String reason) throws IOException {
    return send(CLOSE, true, (char) (code >> 8) + "" + (char) (code & 0xff) + reason);
  }

  /** Sends bytes as they are. */
  public RawWebSocket sendRaw(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return this;
  }

  /** A masked frame, whose text is Latin-1. */
  public static byte[] frame(int kind, boolean isFinal, String text) {
    byte[] payload = text.getBytes(StandardCharsets.ISO_8859_1);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    try {
      out.write((isFinal ? FINAL : 0) | kind);
      if (payload.length < 126) {
        out.write(MASKED | payload.length);
      } else if (payload.length < 1 << 16) {
        out.write(MASKED | 126);
        out.writeShort(payload.length);
      } else {
        out.write(MASKED | 127);
        out.writeLong(payload.length);
      }
      out.write(MASK);
      for (int i = 0; i < payload.length; i++) {
        out.write(payload[i] ^ MASK[i % MASK.length]);
      }
    } catch (IOException ofMemory) {
      throw new AssertionError(ofMemory);
    }
    return bytes.toByteArray();
  }

  /** The next frame, which must be whole and not masked; {@link #END} at the end. */
  public Frame next() throws IOException {
    int first;
    try {
      first = in.read();
    } catch (SocketException reset) {
      return END;
    }
    if (first < 0) {
      return END;
    }
    int length = in.readUnsignedByte();
    if ((first & FINAL) == 0 || (length & MASKED) != 0) {
      throw new IOException("a frame that is not whole, or masked");
    }
    if (length == 126) {
      length = in.readUnsignedShort();
    } else if (length == 127) {
      length = Math.toIntExact(in.readLong());
    }
    byte[] payload = in.readNBytes(length);
    if (payload.length < length) {
      throw new EOFException("in the middle of a frame");
    }
    int kind = first & 0xf;
    return new Frame(kind, kind == CLOSE ? closing(payload) : text(payload, 0));
  }

  private static String closing(byte[] payload) {
    return payload.length < 2
        ? ""
        : (((payload[0] & 0xff) << 8 | payload[1] & 0xff) + " " + text(payload, 2)).strip();
  }

  private static String text(byte[] payload, int from) {
    return new String(payload, from, payload.length - from, StandardCharsets.UTF_8);
  }

  /** The text of the next frame, which must be a message; null at the end. */
  public @Nullable String message() throws IOException {
    Frame next = next();
    if (next.equals(END)) {
      return null;
    }
    if (next.kind() != TEXT) {
      throw new IOException("not a message: " + next);
    }
    return next.text();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
