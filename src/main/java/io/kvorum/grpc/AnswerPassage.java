package io.kvorum.grpc;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.DateFormatter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AsciiString;
import java.util.Date;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Passes one answer of the endpoint on to its client, in the version of HTTP that the client
 * speaks. Messages of a stream leave as one chunk each. Confined to the event loop.
 *
 * <p>It says when it has enough: what the client has not taken yet is bounded by that, and by one
 * message.
 *
 * <p>Held by: HttpRelayTest.
 */
final class AnswerPassage {
  /** Of a stream, which costs the container no thread while it waits. */
  private static final int STREAM_BYTES = 64 << 10;

  /** Of one message, for which a thread of the container may wait. */
  private static final int UNARY_BYTES = 4 << 20;

  /** What concerns one connection alone, or is decided anew for the client's. */
  private static final List<CharSequence> NOT_PASSED_ON =
      List.of(
          HttpHeaderNames.CONNECTION,
          AsciiString.cached("keep-alive"),
          HttpHeaderNames.PROXY_CONNECTION,
          HttpHeaderNames.TRAILER,
          HttpHeaderNames.TRANSFER_ENCODING,
          HttpHeaderNames.CONTENT_LENGTH,
          HttpHeaderNames.UPGRADE,
          HttpHeaderNames.DATE,
          HttpHeaderNames.CONTENT_LANGUAGE);

  private enum Framing {
    NONE,
    LENGTH,
    CHUNKS,
    FRAMES,
    MESSAGES,
    TO_THE_END
  }

  private final Channel client;
  private final HttpAnswers.Form form;
  private final boolean isStream;
  private final HeldBytes.Holder holder;
  private final Runnable onTaken;
  private final LineChunks lines;
  private Framing framing = Framing.NONE;
  private boolean hasBegun;
  private boolean isClosed;
  private long pending;

  /**
   * @param isStream whether the answer is messages, one a line
   * @param holder counts what the client has not taken
   * @param onTaken called when the client has taken something
   */
  AnswerPassage(
      Channel client,
      HttpAnswers.Form form,
      boolean isStream,
      HeldBytes.Holder holder,
      Runnable onTaken) {
    this.client = client;
    this.form = form;
    this.isStream = isStream;
    this.holder = holder;
    this.onTaken = onTaken;
    this.lines = new LineChunks(client.alloc(), this::writeBody);
  }

  boolean hasBegun() {
    return hasBegun;
  }

  /** How many bytes the client has not taken yet. */
  long pending() {
    return pending;
  }

  /** Whether the endpoint should wait until the client has taken more. */
  boolean hasEnough() {
    return pending >= (isStream ? STREAM_BYTES : UNARY_BYTES);
  }

  /** Asks the client for the body of its request. */
  void askForBody() {
    client.writeAndFlush(HttpAnswers.toContinue(form));
  }

  /**
   * Sends the head.
   *
   * @param mayBeKept whether more requests may follow
   * @return whether they may, in the form that the answer has
   */
  boolean begin(HttpResponse answer, boolean mayBeKept) {
    hasBegun = true;
    long length = HttpUtil.getContentLength(answer, -1L);
    framing = framing(answer.status(), length);
    if (framing == Framing.MESSAGES) {
      return false;
    }
    boolean isKept = mayBeKept && framing != Framing.TO_THE_END;
    AnswerHead head = new AnswerHead(client.alloc(), form, answer.status());
    String date = answer.headers().get(HttpHeaderNames.DATE);
    NOT_PASSED_ON.forEach(answer.headers()::remove);
    head.forOrigin();
    Iterator<Map.Entry<CharSequence, CharSequence>> headers =
        answer.headers().iteratorCharSequence();
    while (headers.hasNext()) {
      Map.Entry<CharSequence, CharSequence> header = headers.next();
      head.header(header.getKey(), header.getValue());
    }
    if (answer.status().equals(HttpResponseStatus.OK)) {
      head.header("Grpc-Metadata-Content-Type", "application/grpc");
    }
    head.forBrowsers();
    head.connection(isKept);
    head.header("Date", date == null ? DateFormatter.format(new Date()) : date);
    if (length >= 0) {
      head.header("Content-Length", String.valueOf(length));
    } else if (framing == Framing.CHUNKS) {
      head.header("Transfer-Encoding", "chunked");
    }
    Object encoded = head.encoded();
    write(encoded, encoded instanceof ByteBuf bytes ? bytes.readableBytes() : 0, () -> {});
    return isKept;
  }

  private Framing framing(HttpResponseStatus status, long length) {
    if (form.carrier() == HttpAnswers.Carrier.WEB_SOCKET) {
      return Framing.MESSAGES;
    }
    if (!form.hasBody()
        || status.code() == HttpResponseStatus.NO_CONTENT.code()
        || status.code() == HttpResponseStatus.NOT_MODIFIED.code()) {
      return Framing.NONE;
    }
    if (form.isFramed()) {
      return Framing.FRAMES;
    }
    if (length >= 0) {
      return Framing.LENGTH;
    }
    return form.carrier() == HttpAnswers.Carrier.HTTP_1_0 ? Framing.TO_THE_END : Framing.CHUNKS;
  }

  /** Sends more of the body, which it releases. */
  void add(ByteBuf bytes) {
    if (framing == Framing.NONE || isClosed) {
      bytes.release();
    } else if (isStream || framing == Framing.MESSAGES) {
      lines.add(bytes);
    } else {
      writeBody(bytes);
    }
    count();
  }

  /**
   * Sends a part of the body as one chunk, at once.
   *
   * @param onWritten called when the client's connection has taken it, or is closed
   */
  void addChunk(ByteBuf bytes, Runnable onWritten) {
    if (framing == Framing.NONE || isClosed || !bytes.isReadable()) {
      bytes.release();
      onWritten.run();
      return;
    }
    writePart(bytes, onWritten);
    client.flush();
    count();
  }

  private void writeBody(ByteBuf bytes) {
    if (!bytes.isReadable()) {
      bytes.release();
    } else {
      writePart(bytes, () -> {});
    }
  }

  private void writePart(ByteBuf bytes, Runnable onWritten) {
    ByteBuf framed = framing == Framing.CHUNKS ? HttpAnswers.chunk(client.alloc(), bytes) : bytes;
    write(framed, framed.readableBytes(), onWritten);
  }

  private void write(Object message, int size, Runnable onWritten) {
    pending += size;
    client
        .write(message)
        .addListener(
            (ChannelFuture written) -> {
              pending -= size;
              onWritten.run();
              if (!isClosed) {
                count();
                onTaken.run();
              }
            });
  }

  private void count() {
    holder.set(isClosed ? 0 : pending + lines.held());
  }

  /** Everything has been sent. */
  void end() {
    lines.end();
    if (framing == Framing.CHUNKS) {
      ByteBuf last = HttpAnswers.lastChunk();
      write(last, last.readableBytes(), () -> {});
    } else if (form.isFramed()) {
      write(LastHttpContent.EMPTY_LAST_CONTENT, 0, () -> {});
    }
    client.flush();
    count();
  }

  /**
   * Ends a stream after its last whole message.
   *
   * @param message says why, with its line end
   */
  void endEarly(ByteBuf message) {
    lines.close();
    writeBody(message);
    end();
  }

  /** Nothing more is sent or counted. */
  void close() {
    isClosed = true;
    lines.close();
    holder.set(0);
  }
}
