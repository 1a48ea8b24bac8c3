package io.kvorum.grpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes a connection with one request of a stream of HTTP/2. Its handlers read a {@link
 * StreamRequest} and contents, and write {@link Http2Headers}, buffers, and the end of the answer.
 * Confined to the event loop of the connection that the stream belongs to, its {@linkplain
 * #parent() parent}.
 *
 * <p>What is not read while reading is switched off waits here, and is counted; the client gets new
 * credit for it when it has been read, so that the window of the stream bounds it. What is written
 * is done when the socket has taken it: a client that gives no credit makes this channel
 * unwritable, as one that does not read makes a socket.
 *
 * <p>It is closed when the answer is complete, or the stream is. Where it is closed in the middle
 * of the answer, the stream is reset.
 *
 * <p>Held by: StreamFrontTest, StreamFuzzTest.
 */
final class StreamChannel extends AbstractChannel {
  private static final ChannelMetadata METADATA = new ChannelMetadata(false);

  private final Http2ConnectionHandler http2;
  private final ChannelHandlerContext connection;
  private final Http2Stream stream;
  private final CollectedBody waiting;
  private final ChannelConfig config = new DefaultChannelConfig(this);
  private volatile boolean isOpen = true;
  private boolean hasInputEnded;
  private boolean isEndRead;
  private boolean isDelivering;
  private boolean isWriting;
  private boolean isAnswered;
  private Http2Error error = Http2Error.INTERNAL_ERROR;

  /**
   * @param connection the place of {@code http2} in its pipeline
   * @param held counts what waits to be read; beyond its limit this channel is closed
   */
  StreamChannel(
      Http2ConnectionHandler http2,
      ChannelHandlerContext connection,
      Http2Stream stream,
      HeldBytes held) {
    super(connection.channel());
    this.http2 = http2;
    this.connection = connection;
    this.stream = stream;
    this.waiting = new CollectedBody(connection.alloc(), held.holder(this::evict), 0);
  }

  /** The connection that a channel belongs to: itself if it is no stream. */
  static Channel connectionOf(Channel client) {
    return client instanceof StreamChannel ? client.parent() : client;
  }

  /** Has the handlers read the request; its body, if there is one, comes afterwards. */
  void begin(StreamRequest request, boolean isWhole) {
    pipeline().fireChannelRead(request);
    if (isWhole) {
      receive(Unpooled.EMPTY_BUFFER, true);
    } else if (isOpen) {
      // All that has come has been read, as over a connection: the time of the body begins.
      pipeline().fireChannelReadComplete();
    }
  }

  /**
   * Takes more of the body.
   *
   * @param bytes which the caller keeps
   */
  void receive(ByteBuf bytes, boolean isLast) {
    hasInputEnded = isLast;
    if (!isOpen || !isLast && !bytes.isReadable()) {
      consumed(bytes.readableBytes());
    } else if (config.isAutoRead()) {
      deliver(bytes.retain());
    } else {
      waiting.add(bytes.retain());
    }
  }

  private void deliver(ByteBuf bytes) {
    isDelivering = true;
    try {
      isEndRead = hasInputEnded;
      int count = bytes.readableBytes();
      pipeline()
          .fireChannelRead(
              isEndRead ? new DefaultLastHttpContent(bytes) : new DefaultHttpContent(bytes));
      consumed(count);
      pipeline().fireChannelReadComplete();
    } finally {
      isDelivering = false;
    }
  }

  /** Gives the client credit for more. */
  private void consumed(int bytes) {
    try {
      if (http2.decoder().flowController().consumeBytes(stream, bytes)) {
        connection.flush();
      }
    } catch (Http2Exception failure) {
      pipeline().fireExceptionCaught(failure);
    }
  }

  @Override
  protected void doBeginRead() {
    if (isOpen && !isDelivering && (waiting.length() > 0 || hasInputEnded && !isEndRead)) {
      deliver(waiting.take());
    }
  }

  /** As an eviction must, this lets go before it returns. */
  private void evict() {
    waiting.drop();
    close();
  }

  @Override
  protected Object filterOutboundMessage(Object message) {
    if (message instanceof ByteBuf
        || message instanceof Http2Headers
        || message instanceof LastHttpContent) {
      return message;
    }
    throw new UnsupportedOperationException(message.getClass().getName());
  }

  @Override
  protected void doWrite(ChannelOutboundBuffer out) throws Exception {
    while (!isWriting && !out.isEmpty()) {
      writeAll(out);
    }
  }

  /** Gives all that has been flushed to the connection, which may take it now or later. */
  private void writeAll(ChannelOutboundBuffer out) throws Exception {
    int count = out.size();
    List<Object> parts = new ArrayList<>(count);
    out.forEachFlushedMessage(parts::add);
    boolean isEnd = parts.stream().anyMatch(LastHttpContent.class::isInstance);
    parts.removeIf(StreamChannel::isEmpty);
    if (isEnd && parts.isEmpty()) {
      parts.add(Unpooled.EMPTY_BUFFER);
    }
    isWriting = true;
    ChannelPromise done = connection.newPromise();
    done.addListener((ChannelFuture written) -> written(count, isEnd, written.isSuccess()));
    for (int i = 0; i < parts.size() - 1; i++) {
      write(parts.get(i), false, connection.newPromise());
    }
    if (parts.isEmpty()) {
      done.setSuccess();
    } else {
      write(parts.get(parts.size() - 1), isEnd, done);
      http2.flush(connection);
    }
  }

  private static boolean isEmpty(Object part) {
    return part instanceof LastHttpContent || part instanceof ByteBuf bytes && !bytes.isReadable();
  }

  private void write(Object part, boolean isEnd, ChannelPromise promise) {
    if (part instanceof Http2Headers head) {
      http2.encoder().writeHeaders(connection, stream.id(), head, 0, isEnd, promise);
    } else {
      // The connection releases it, and so does the outbound buffer.
      ByteBuf bytes = ((ByteBuf) part).retain();
      http2.encoder().writeData(connection, stream.id(), bytes, 0, isEnd, promise);
    }
  }

  private void written(int count, boolean isEnd, boolean isSuccess) {
    ChannelOutboundBuffer out = unsafe().outboundBuffer();
    if (out == null) {
      return; // closed meanwhile
    }
    isAnswered = isEnd && isSuccess;
    for (int i = 0; i < count && isSuccess; i++) {
      out.remove();
    }
    isWriting = false;
    if (isEnd || !isSuccess) {
      close();
    } else {
      ((StreamUnsafe) unsafe()).flushAgain();
    }
  }

  /** The stream has ended, in whichever way. */
  void streamClosed() {
    close();
  }

  /** Resets the stream with that error instead of an answer. */
  void reset(Http2Error reason) {
    error = reason;
    close();
  }

  @Override
  protected void doClose() {
    isOpen = false;
    waiting.drop();
    if (stream.state() != Http2Stream.State.CLOSED && !(isAnswered && hasInputEnded)) {
      Http2Error reason = isAnswered ? Http2Error.NO_ERROR : error;
      http2
          .encoder()
          .writeRstStream(connection, stream.id(), reason.code(), connection.newPromise());
      http2.flush(connection);
    }
  }

  @Override
  public ChannelConfig config() {
    return config;
  }

  @Override
  public boolean isOpen() {
    return isOpen;
  }

  @Override
  public boolean isActive() {
    return isOpen;
  }

  @Override
  public ChannelMetadata metadata() {
    return METADATA;
  }

  @Override
  protected AbstractUnsafe newUnsafe() {
    return new StreamUnsafe();
  }

  @Override
  protected boolean isCompatible(EventLoop loop) {
    return loop == connection.channel().eventLoop();
  }

  @Override
  protected @Nullable SocketAddress localAddress0() {
    return parent().localAddress();
  }

  @Override
  protected @Nullable SocketAddress remoteAddress0() {
    return parent().remoteAddress();
  }

  @Override
  protected void doBind(SocketAddress address) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doDisconnect() {
    doClose();
  }

  private final class StreamUnsafe extends AbstractUnsafe {
    @Override
    public void connect(SocketAddress remote, SocketAddress local, ChannelPromise promise) {
      promise.setFailure(new UnsupportedOperationException());
    }

    void flushAgain() {
      flush0();
    }
  }
}
