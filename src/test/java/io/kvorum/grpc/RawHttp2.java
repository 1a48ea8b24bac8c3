package io.kvorum.grpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersDecoder;
import io.netty.handler.codec.http2.Http2HeadersEncoder;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * A client of HTTP/2 that sends what the test says, whether a decent client would or not, and that
 * can vanish. It keeps to the server's windows, since nothing else is of interest beyond them. Not
 * thread-safe.
 */
final class RawHttp2 implements AutoCloseable {
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  private static final int MAX_FRAME_BYTES = 16_384;
  private static final int FIRST_WINDOW = 65_535;

  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int GOAWAY = 7;
  private static final int WINDOW_UPDATE = 8;
  private static final int CONTINUATION = 9;

  private static final int END_STREAM = 1;
  private static final int ACK = 1;
  private static final int END_HEADERS = 4;

  private static final int SETTING_MOST_STREAMS = 3;
  private static final int SETTING_INITIAL_WINDOW = 4;

  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;
  private final Http2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder();
  private final Http2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false);
  private final Map<Integer, Long> windows = new TreeMap<>();
  private final Map<Integer, End> ends = new TreeMap<>();
  private final Map<Integer, String> statuses = new TreeMap<>();
  private final Map<Integer, Http2Headers> heads = new TreeMap<>();
  private final Map<Integer, ByteArrayOutputStream> bodies = new TreeMap<>();
  private final Map<Integer, Integer> dataFrames = new TreeMap<>();
  private long initialWindow = FIRST_WINDOW;
  private long connectionWindow = FIRST_WINDOW;
  private int lastStream = -1;
  private boolean hasSettings;
  private int settingsSent = 1;
  private int settingsAcknowledged;
  private String farewell = "closed";
  private int pongs;
  private int pingsReceived;
  private boolean answersPings = true;
  private long mostStreams = -1;

  /**
   * How the server ended a stream.
   *
   * @param how trailers, which the head of an answer without a body may be, data, or {@code
   *     RST_STREAM} with the code
   * @param http the status of HTTP, if there was one
   */
  record End(String how, String http, String grpc, String message) {}

  RawHttp2(InetSocketAddress server) throws IOException, Http2Exception {
    this(new Socket(server.getAddress(), server.getPort()), FIRST_WINDOW);
  }

  /**
   * @param window what the server may send of an answer before it gets credit for more
   */
  RawHttp2(Socket connected, int window) throws IOException, Http2Exception {
    socket = connected;
    socket.setSoTimeout(20_000);
    socket.setTcpNoDelay(true);
    in = new DataInputStream(socket.getInputStream());
    out = socket.getOutputStream();
    out.write(PREFACE.getBytes(StandardCharsets.US_ASCII));
    frame(
        SETTINGS,
        0,
        0,
        ByteBufUtil.getBytes(
            Unpooled.buffer().writeShort(SETTING_INITIAL_WINDOW).writeInt(window)));
    while (settingsAcknowledged == 0 || !hasSettings) {
      read();
    }
  }

  /** Begins a call. */
  int call(String method, Map<String, String> metadata) throws IOException, Http2Exception {
    Http2Headers headers =
        new DefaultHttp2Headers()
            .method("POST")
            .scheme("http")
            .path("/" + method)
            .authority("test")
            .add("te", "trailers")
            .add("content-type", "application/grpc");
    metadata.forEach(headers::add);
    return request(headers, false);
  }

  /** Begins a request that is no call of gRPC. */
  int request(String method, String path, Map<String, String> headers, boolean isWhole)
      throws IOException, Http2Exception {
    Http2Headers head =
        new DefaultHttp2Headers().method(method).scheme("https").path(path).authority("test");
    headers.forEach(head::add);
    return request(head, isWhole);
  }

  /** Begins a request with that head, which may be wrong. */
  int request(Http2Headers headers, boolean isWhole) throws IOException, Http2Exception {
    lastStream += 2;
    headers(lastStream, headers, isWhole);
    windows.put(lastStream, initialWindow);
    return lastStream;
  }

  /** Sends a block of headers. */
  void headers(int stream, Http2Headers headers, boolean isEnd) throws IOException, Http2Exception {
    ByteBuf block = Unpooled.buffer();
    encoder.encodeHeaders(stream, headers, block);
    int type = HEADERS;
    int flags = isEnd ? END_STREAM : 0;
    do {
      byte[] part = new byte[Math.min(MAX_FRAME_BYTES, block.readableBytes())];
      block.readBytes(part);
      frame(type, flags | (block.isReadable() ? 0 : END_HEADERS), stream, part);
      type = CONTINUATION;
      flags = 0;
    } while (block.isReadable());
  }

  /** Sends data in frames of that size, as the windows permit, or until the stream has ended. */
  void data(int stream, byte[] bytes, int frameBytes) throws IOException, Http2Exception {
    for (int at = 0; at < bytes.length && !ends.containsKey(stream); ) {
      long window = Math.min(connectionWindow, windows.getOrDefault(stream, 0L));
      if (window <= 0) {
        read();
        continue;
      }
      int length = (int) Math.min(Math.min(frameBytes, bytes.length - at), window);
      byte[] part = new byte[length];
      System.arraycopy(bytes, at, part, 0, length);
      frame(DATA, 0, stream, part);
      windows.merge(stream, (long) -length, Long::sum);
      connectionWindow -= length;
      at += length;
      while (in.available() > 0) {
        read();
      }
    }
  }

  void data(int stream, byte[] bytes) throws IOException, Http2Exception {
    data(stream, bytes, MAX_FRAME_BYTES);
  }

  void halfClose(int stream) throws IOException {
    frame(DATA, END_STREAM, stream, new byte[0]);
  }

  void reset(int stream) throws IOException {
    frame(RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
  }

  /** Lets the server send more of an answer, and on the connection. */
  void credit(int stream, int bytes) throws IOException {
    byte[] increment = ByteBufUtil.getBytes(Unpooled.buffer().writeInt(bytes));
    frame(WINDOW_UPDATE, 0, stream, increment);
    frame(WINDOW_UPDATE, 0, 0, increment);
  }

  /** Waits until the server has sent the head of an answer. */
  Http2Headers head(int stream) throws IOException, Http2Exception {
    while (!heads.containsKey(stream) && !ends.containsKey(stream)) {
      read();
    }
    return heads.getOrDefault(stream, new DefaultHttp2Headers());
  }

  /** Waits until so much of an answer has come, or it has ended; all that has come of it. */
  String body(int stream, int bytes) throws IOException, Http2Exception {
    while (received(stream) < bytes && !ends.containsKey(stream)) {
      read();
    }
    ByteArrayOutputStream body = bodies.get(stream);
    return body == null ? "" : body.toString(StandardCharsets.UTF_8);
  }

  /** Waits for the end of an answer; its body. */
  String body(int stream) throws IOException, Http2Exception {
    return body(stream, Integer.MAX_VALUE);
  }

  /** How much of an answer has come. */
  int received(int stream) {
    ByteArrayOutputStream body = bodies.get(stream);
    return body == null ? 0 : body.size();
  }

  /** What may be sent on a stream. */
  long window(int stream) {
    return Math.min(connectionWindow, windows.getOrDefault(stream, 0L));
  }

  /** In how many frames it has come. */
  int frames(int stream) {
    return dataFrames.getOrDefault(stream, 0);
  }

  /** Sends a frame, whether it makes sense or not. */
  void raw(int type, int flags, int stream, byte[] payload) throws IOException {
    frame(type, flags, stream, payload);
  }

  /** A message as it goes over the wire. */
  static byte[] message(byte[] content, boolean isCompressed) {
    return message(content, isCompressed, content.length);
  }

  /** The beginning of a message that claims to have that length. */
  static byte[] message(byte[] content, boolean isCompressed, int length) {
    ByteBuf buffer = Unpooled.buffer();
    buffer.writeBoolean(isCompressed).writeInt(length).writeBytes(content);
    return ByteBufUtil.getBytes(buffer);
  }

  /** Waits until the server has ended a stream. */
  End end(int stream) throws IOException, Http2Exception {
    while (!ends.containsKey(stream)) {
      read();
    }
    return ends.get(stream);
  }

  boolean hasEnded(int stream) {
    return ends.containsKey(stream);
  }

  /**
   * Waits until the server has handled all that it was sent, and its answers are here: it may send
   * the first acknowledgement before an answer, and the second one only after it.
   */
  void sync() throws IOException, Http2Exception {
    for (int round = 0; round < 2; round++) {
      frame(SETTINGS, 0, 0, new byte[0]);
      settingsSent++;
      while (settingsAcknowledged < settingsSent) {
        read();
      }
    }
  }

  void sendPing() throws IOException {
    frame(PING, 0, 0, new byte[8]);
  }

  /** Sends a ping, and waits for its answer. */
  void ping() throws IOException, Http2Exception {
    int before = pongs;
    sendPing();
    while (pongs == before) {
      read();
    }
  }

  /** Leaves the server's pings unanswered, and counts them, from now on. */
  void ignorePings() {
    answersPings = false;
    pingsReceived = 0;
  }

  /** Reads until the server has closed the connection; its last word. */
  String farewell() throws IOException, Http2Exception {
    while (true) {
      try {
        read();
      } catch (EOFException closed) {
        return farewell;
      }
    }
  }

  /** How many it has ignored. */
  int pingsReceived() {
    return pingsReceived;
  }

  /** How many streams the server permits at a time; -1 if it has not said. */
  long mostStreams() {
    return mostStreams;
  }

  /** Breaks the connection without a word of HTTP/2, as the kernel does for a killed process. */
  void vanish(boolean withReset) throws IOException {
    if (withReset) {
      socket.setSoLinger(true, 0);
    }
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private void frame(int type, int flags, int stream, byte[] payload) throws IOException {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.writeBytes(
        new byte[] {
          (byte) (payload.length >> 16),
          (byte) (payload.length >> 8),
          (byte) payload.length,
          (byte) type,
          (byte) flags,
          (byte) (stream >> 24),
          (byte) (stream >> 16),
          (byte) (stream >> 8),
          (byte) stream
        });
    frame.writeBytes(payload);
    out.write(frame.toByteArray());
  }

  /**
   * Handles one frame of the server, whose header blocks are never continued.
   *
   * @throws EOFException if the server has closed the connection; the message has its last word
   */
  private void read() throws IOException, Http2Exception {
    int first = in.read();
    if (first < 0) {
      throw new EOFException(farewell);
    }
    int length = first << 16 | in.readUnsignedShort();
    int type = in.readUnsignedByte();
    int flags = in.readUnsignedByte();
    int stream = in.readInt();
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    ByteBuf payload = Unpooled.wrappedBuffer(bytes);
    switch (type) {
      case HEADERS -> headers(stream, payload, (flags & END_STREAM) != 0);
      case RST_STREAM -> ended(stream, "RST_STREAM " + payload.readInt(), "", "");
      case GOAWAY -> {
        payload.skipBytes(4);
        farewell =
            ("GOAWAY " + payload.readInt() + " " + payload.toString(StandardCharsets.US_ASCII))
                .stripTrailing();
      }
      case SETTINGS -> settings(payload, (flags & ACK) != 0);
      case WINDOW_UPDATE -> {
        int more = payload.readInt();
        if (stream == 0) {
          connectionWindow += more;
        } else {
          windows.merge(stream, (long) more, Long::sum);
        }
      }
      case PING -> {
        if ((flags & ACK) != 0) {
          pongs++;
        } else {
          pingsReceived++;
          if (answersPings) {
            frame(PING, ACK, 0, bytes);
          }
        }
      }
      case DATA -> {
        bodies.computeIfAbsent(stream, any -> new ByteArrayOutputStream()).writeBytes(bytes);
        dataFrames.merge(stream, 1, Integer::sum);
        if ((flags & END_STREAM) != 0) {
          ended(stream, "data", "", "");
        }
      }
      default -> {
        // Nothing else is of interest here.
      }
    }
  }

  private void settings(ByteBuf payload, boolean isAck) throws IOException {
    if (isAck) {
      settingsAcknowledged++;
      return;
    }
    hasSettings = true;
    while (payload.isReadable()) {
      int setting = payload.readUnsignedShort();
      int value = payload.readInt();
      if (setting == SETTING_INITIAL_WINDOW) {
        initialWindow = value;
      } else if (setting == SETTING_MOST_STREAMS) {
        mostStreams = Integer.toUnsignedLong(value);
      }
    }
    frame(SETTINGS, ACK, 0, new byte[0]);
  }

  private void headers(int stream, ByteBuf payload, boolean isEnd) throws Http2Exception {
    Http2Headers headers = decoder.decodeHeaders(stream, payload);
    if (headers.status() != null) {
      statuses.put(stream, headers.status().toString());
      heads.put(stream, headers);
    }
    if (isEnd) {
      ended(
          stream,
          "trailers",
          headers.get("grpc-status", "").toString(),
          headers.get("grpc-message", "").toString());
    }
  }

  /** The first end counts: a reset may follow trailers. */
  private void ended(int stream, String how, String grpc, String message) {
    ends.putIfAbsent(stream, new End(how, statuses.getOrDefault(stream, ""), grpc, message));
  }
}
