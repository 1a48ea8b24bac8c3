package io.kvorum.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.util.collection.IntObjectHashMap;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A gRPC client on bare HTTP/2 frames. It costs about a third of grpc-java, which matters because
 * the machine is shared with the server; what it sends is what a usual client sends: indexed
 * headers, one HEADERS and one DATA frame a request, acknowledged pings and settings.
 *
 * <p>All that arrives in one read is handled before the requests it gave rise to are written, in
 * one piece. Confined to its event loop.
 */
final class GrpcConnection extends ChannelInboundHandlerAdapter implements Connection {

  /** Length and compression flag before each message. */
  static final int MESSAGE_HEAD = 5;

  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private static final int LARGEST_FRAME_READ = 1 << 20;

  /** What every server must accept. */
  private static final int LARGEST_FRAME_SENT = 1 << 14;

  private static final int REFILL_WINDOW_AT = 1 << 28;

  private final RequestHeaders headers;
  private final int streamWindow;
  private final TrailerReader trailers = new TrailerReader();
  private final IntObjectHashMap<GrpcStream> streams = new IntObjectHashMap<>();
  private final ArrayDeque<Waiting> waitingForWindow = new ArrayDeque<>();

  private @Nullable ChannelHandlerContext context;
  private @Nullable ByteBuf out;
  private @Nullable ByteBuf partial;
  private @Nullable String failure;
  private long sendWindow = Http2Frames.DEFAULT_WINDOW;
  private int peerStreamWindow = Http2Frames.DEFAULT_WINDOW;
  private int consumed;
  private int nextStream = 1;

  /**
   * A connection to be.
   *
   * @param authority what requests name as their target, {@code host:port}
   * @param token of the user who calls; null for nobody
   * @param streamWindow how many bytes a stream may receive that have not been taken yet
   */
  GrpcConnection(String authority, @Nullable String token, int streamWindow) {
    this.headers = new RequestHeaders(authority, token);
    this.streamWindow = streamWindow;
  }

  @Override
  public EventLoop eventLoop() {
    return context().channel().eventLoop();
  }

  Channel channel() {
    return context().channel();
  }

  @Override
  public boolean open() {
    return failure == null;
  }

  @Override
  public void call(Request request, Answer answer) {
    open(request.operation(), request.body(), true, new UnaryStream(answer));
  }

  /** Starts a stream that stays open for more messages. */
  void openStream(Operation operation, byte[] firstMessage, GrpcStream stream) {
    open(operation, firstMessage, false, stream);
  }

  private void open(Operation operation, byte[] body, boolean last, GrpcStream stream) {
    if (failure != null) {
      stream.ended(failure);
      return;
    }
    if (body.length + MESSAGE_HEAD > peerStreamWindow) {
      throw new IllegalArgumentException("a request larger than a stream's window: " + body.length);
    }
    if (!waitingForWindow.isEmpty() || sendWindow < body.length + MESSAGE_HEAD) {
      waitingForWindow.add(new Waiting(operation, body, last, stream));
    } else {
      write(operation, body, last, stream);
    }
  }

  private void write(Operation operation, byte[] body, boolean last, GrpcStream stream) {
    int id = nextStream;
    nextStream += 2;
    streams.put(id, stream);
    byte[] block = headers.next(operation);
    ByteBuf buffer = out();
    Http2Frames.writeHead(buffer, block.length, Http2Frames.HEADERS, Http2Frames.END_HEADERS, id);
    buffer.writeBytes(block);
    writeMessage(buffer, id, body, last);
    sendWindow -= body.length + MESSAGE_HEAD;
  }

  private static void writeMessage(ByteBuf buffer, int id, byte[] body, boolean last) {
    int written = Math.min(body.length, LARGEST_FRAME_SENT - MESSAGE_HEAD);
    boolean whole = written == body.length;
    int flags = last && whole ? Http2Frames.END_STREAM : 0;
    Http2Frames.writeHead(buffer, MESSAGE_HEAD + written, Http2Frames.DATA, flags, id);
    buffer.writeByte(0);
    buffer.writeInt(body.length);
    buffer.writeBytes(body, 0, written);
    while (written < body.length) {
      int piece = Math.min(body.length - written, LARGEST_FRAME_SENT);
      flags = last && written + piece == body.length ? Http2Frames.END_STREAM : 0;
      Http2Frames.writeHead(buffer, piece, Http2Frames.DATA, flags, id);
      buffer.writeBytes(body, written, piece);
      written += piece;
    }
  }

  @Override
  public void flush() {
    ByteBuf ready = out;
    if (ready != null) {
      out = null;
      context().writeAndFlush(ready, context().voidPromise());
    }
  }

  @Override
  public void close() {
    context().close();
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    context = ctx;
    ByteBuf buffer = out();
    buffer.writeBytes(PREFACE);
    Http2Frames.writeHead(buffer, 24, Http2Frames.SETTINGS, 0, 0);
    // Without a dynamic table, equal trailers are equal bytes, which spares us decoding them.
    Http2Frames.writeSetting(buffer, Http2Frames.SETTING_HEADER_TABLE_SIZE, 0);
    Http2Frames.writeSetting(buffer, Http2Frames.SETTING_ENABLE_PUSH, 0);
    Http2Frames.writeSetting(buffer, Http2Frames.SETTING_INITIAL_WINDOW_SIZE, streamWindow);
    Http2Frames.writeSetting(buffer, Http2Frames.SETTING_MAX_FRAME_SIZE, LARGEST_FRAME_READ);
    Http2Frames.writeWindowUpdate(buffer, 0, Integer.MAX_VALUE - Http2Frames.DEFAULT_WINDOW);
    flush();
    ctx.fireChannelActive();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf arrived = (ByteBuf) message;
    ByteBuf all = arrived;
    if (partial != null) {
      partial.writeBytes(arrived);
      arrived.release();
      all = partial;
      partial = null;
    }
    while (all.readableBytes() >= Http2Frames.HEADER_BYTES) {
      int length = all.getUnsignedMedium(all.readerIndex());
      if (all.readableBytes() < Http2Frames.HEADER_BYTES + length) {
        break;
      }
      all.skipBytes(3);
      int type = all.readUnsignedByte();
      int flags = all.readUnsignedByte();
      int stream = all.readInt() & Integer.MAX_VALUE;
      int end = all.readerIndex() + length;
      frame(type, flags, stream, all, length);
      all.readerIndex(end);
    }
    if (all.isReadable()) {
      partial = ctx.alloc().buffer(Math.max(1 << 16, all.readableBytes() * 2)).writeBytes(all);
    }
    all.release();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    flush();
  }

  private void frame(int type, int flags, int stream, ByteBuf in, int length) {
    switch (type) {
      case Http2Frames.DATA -> data(flags, stream, in, length);
      case Http2Frames.HEADERS -> headers(flags, stream, in, length);
      case Http2Frames.RST_STREAM -> end(stream, "stream reset, code " + in.readInt());
      case Http2Frames.SETTINGS -> settings(flags, in, length);
      case Http2Frames.PING -> ping(flags, in);
      case Http2Frames.GOAWAY -> goAway(in, length);
      case Http2Frames.WINDOW_UPDATE -> windowUpdate(stream, in);
      case Http2Frames.CONTINUATION, Http2Frames.PUSH_PROMISE ->
          fail("frames of type " + type + " are not expected here");
      default -> {}
    }
  }

  private void data(int flags, int stream, ByteBuf in, int length) {
    requireUnpadded(flags);
    consumed += length;
    if (consumed >= REFILL_WINDOW_AT) {
      Http2Frames.writeWindowUpdate(out(), 0, consumed);
      consumed = 0;
    }
    GrpcStream target = streams.get(stream);
    if (target != null) {
      int credit = target.data(in, length);
      if (credit > 0) {
        Http2Frames.writeWindowUpdate(out(), stream, credit);
      }
    }
    if ((flags & Http2Frames.END_STREAM) != 0) {
      end(stream, "the server ended the stream without a status");
    }
  }

  private void headers(int flags, int stream, ByteBuf in, int length) {
    requireUnpadded(flags);
    if ((flags & Http2Frames.END_HEADERS) == 0) {
      fail("header blocks in pieces are not expected here");
    } else if ((flags & Http2Frames.END_STREAM) != 0) {
      int start = in.readerIndex();
      if ((flags & Http2Frames.PRIORITY) != 0) {
        in.skipBytes(5);
      }
      end(stream, trailers.failure(in, length - (in.readerIndex() - start)));
    }
  }

  private void requireUnpadded(int flags) {
    if ((flags & Http2Frames.PADDED) != 0) {
      fail("padded frames are not expected here");
    }
  }

  private void end(int stream, @Nullable String why) {
    GrpcStream target = streams.remove(stream);
    if (target != null) {
      target.ended(why);
    }
  }

  private void settings(int flags, ByteBuf in, int length) {
    if ((flags & Http2Frames.ACK) != 0) {
      return;
    }
    for (int i = 0; i < length; i += 6) {
      int id = in.readUnsignedShort();
      int value = in.readInt();
      if (id == Http2Frames.SETTING_INITIAL_WINDOW_SIZE) {
        peerStreamWindow = value;
      } else if (id == Http2Frames.SETTING_HEADER_TABLE_SIZE && value < 4096) {
        fail("a header table of " + value + " bytes is not expected here");
      }
    }
    Http2Frames.writeHead(out(), 0, Http2Frames.SETTINGS, Http2Frames.ACK, 0);
  }

  private void ping(int flags, ByteBuf in) {
    if ((flags & Http2Frames.ACK) == 0) {
      ByteBuf buffer = out();
      Http2Frames.writeHead(buffer, 8, Http2Frames.PING, Http2Frames.ACK, 0);
      buffer.writeLong(in.readLong());
    }
  }

  private void goAway(ByteBuf in, int length) {
    in.skipBytes(4);
    int code = in.readInt();
    fail(
        "server goes away, code "
            + code
            + " "
            + in.toString(in.readerIndex(), length - 8, StandardCharsets.UTF_8));
  }

  private void windowUpdate(int stream, ByteBuf in) {
    if (stream != 0) {
      return;
    }
    sendWindow += in.readInt() & Integer.MAX_VALUE;
    Waiting first = waitingForWindow.peek();
    while (first != null && sendWindow >= first.body().length + MESSAGE_HEAD) {
      waitingForWindow.remove();
      write(first.operation(), first.body(), first.last(), first.stream());
      first = waitingForWindow.peek();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    fail("the server closed the connection");
    if (partial != null) {
      partial.release();
      partial = null;
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    fail(cause.toString());
  }

  private void fail(String why) {
    if (failure != null) {
      return;
    }
    failure = why;
    var orphans = new ArrayList<>(streams.values());
    waitingForWindow.forEach(waiting -> orphans.add(waiting.stream()));
    waitingForWindow.clear();
    streams.clear();
    orphans.forEach(stream -> stream.ended(why));
    context().close();
  }

  private ByteBuf out() {
    if (out == null) {
      out = context().alloc().directBuffer(1 << 14);
    }
    return out;
  }

  private ChannelHandlerContext context() {
    if (context == null) {
      throw new IllegalStateException("not connected yet");
    }
    return context;
  }

  private record Waiting(Operation operation, byte[] body, boolean last, GrpcStream stream) {}

  /** A call with one answer, of which only the length is looked at. */
  private static final class UnaryStream implements GrpcStream {
    private final Answer answer;
    private int bytes;

    UnaryStream(Answer answer) {
      this.answer = answer;
    }

    @Override
    public int data(ByteBuf in, int length) {
      bytes += length;
      return 0;
    }

    @Override
    public void ended(@Nullable String failure) {
      answer.ended(Math.max(0, bytes - MESSAGE_HEAD), failure);
    }
  }
}
