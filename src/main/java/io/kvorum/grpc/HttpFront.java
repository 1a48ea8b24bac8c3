package io.kvorum.grpc;

import io.kvorum.support.Log;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers the pages for operators on an HTTP/1.1 connection, one request after the other. The first
 * request that is for no page gives the whole connection, from that request on, to another handler.
 * One per connection; confined to its event loop.
 *
 * <p>A request is inspected when its head is complete. What Netty cannot read as a head, or what is
 * too long for one, is for no page.
 */
final class HttpFront extends ByteToMessageDecoder {
  /** For the next request to begin: as long as Liberty waits. */
  private static final long IDLE_SECONDS = 3600;

  /** For a head that has begun; checked as often. */
  private static final long HEAD_SECONDS = 60;

  private static final Log LOG = Log.of(HttpFront.class);

  /**
   * What the connections of one listener can ask for.
   *
   * @param isShared whether pages of other origins may read the answers
   * @param beyond makes the handler of connections that ask for more than pages; null if there is
   *     nothing else
   */
  record Offer(OperatorPages pages, boolean isShared, @Nullable Supplier<ChannelHandler> beyond) {}

  private final Offer offer;
  private final HttpHead.Decoder heads = new HttpHead.Decoder();

  /** How much of the unread bytes the decoder of heads has seen. */
  private int inspected;

  /** The answer is not known yet; the requests behind it wait. */
  private boolean isAwaitingPage;

  /** The client does not read its answers; the requests behind them wait. */
  private boolean isBlocked;

  /** Nothing more is answered here. */
  private boolean isDone;

  private boolean hasInputEnded;
  private long lastRequestNanos;
  private @Nullable ScheduledFuture<?> idleCheck;

  HttpFront(Offer offer) {
    this.offer = offer;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    context.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    lastRequestNanos = System.nanoTime();
    idleCheck =
        context
            .executor()
            .scheduleWithFixedDelay(
                () -> closeIfIdle(context), HEAD_SECONDS, HEAD_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext context) {
    ScheduledFuture<?> running = idleCheck;
    if (running != null) {
      running.cancel(false);
    }
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf bytes, List<Object> messages)
      throws Exception {
    if (isAwaitingPage || isBlocked || isDone || !context.channel().isActive()) {
      return;
    }
    ByteBuf rest = bytes.duplicate().skipBytes(inspected);
    HttpHead head = heads.next(context, rest);
    inspected = rest.readerIndex() - bytes.readerIndex();
    if (head != null) {
      lastRequestNanos = System.nanoTime();
      handle(context, bytes, head);
    } else if (bytes.readableBytes() > HttpHead.MAX_BYTES) {
      passOn(context);
    }
  }

  private void handle(ChannelHandlerContext context, ByteBuf bytes, HttpHead head) {
    if (!head.isReadable()) {
      passOn(context);
      return;
    }
    if (!head.isHttp1()) {
      context.close();
      return;
    }
    OperatorPages.Request request = head.page();
    boolean isPage = offer.pages().has(request.path());
    if (!isPage && offer.beyond() != null) {
      passOn(context);
      return;
    }
    bytes.skipBytes(inspected);
    inspected = 0;
    CompletableFuture<PlainAnswer> answer =
        isPage ? answerOf(request) : CompletableFuture.completedFuture(PlainAnswer.notFound());
    if (answer.isDone()) {
      send(context, result(answer), head);
      return;
    }
    isAwaitingPage = true;
    context.channel().config().setAutoRead(false);
    answer.whenComplete(
        (page, failure) ->
            context
                .executor()
                .execute(
                    () -> {
                      isAwaitingPage = false;
                      send(context, result(answer), head);
                      proceed(context);
                    }));
  }

  private CompletableFuture<PlainAnswer> answerOf(OperatorPages.Request request) {
    if (offer.isShared() && request.method().equals("OPTIONS")) {
      return CompletableFuture.completedFuture(PlainAnswer.empty());
    }
    try {
      return offer.pages().answer(request);
    } catch (RuntimeException bug) {
      return CompletableFuture.failedFuture(bug);
    }
  }

  private static PlainAnswer result(CompletableFuture<PlainAnswer> page) {
    try {
      return page.join();
    } catch (RuntimeException bug) {
      LOG.error("bug: a page for operators failed", bug);
      return PlainAnswer.internalError();
    }
  }

  private void send(ChannelHandlerContext context, PlainAnswer answer, HttpHead head) {
    Channel client = context.channel();
    if (!client.isActive()) {
      return;
    }
    if (!head.isKept()) {
      isDone = true;
      HttpAnswers.sendLast(client, this, answer, head.form(offer.isShared()));
      return;
    }
    HttpAnswers.send(client, answer, head.form(offer.isShared()));
    isBlocked = !client.isWritable();
    client.config().setAutoRead(!isBlocked);
  }

  /** Continues with what the client has sent while it waited. */
  private void proceed(ChannelHandlerContext context) {
    if (isBlocked || isDone) {
      return;
    }
    try {
      channelRead(context, Unpooled.EMPTY_BUFFER);
    } catch (Exception failure) {
      exceptionCaught(context, failure);
      return;
    }
    endIfNothingIsLeft(context);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) throws Exception {
    if (isBlocked && context.channel().isWritable()) {
      isBlocked = false;
      context.channel().config().setAutoRead(true);
      proceed(context);
    }
    super.channelWritabilityChanged(context);
  }

  private void endIfNothingIsLeft(ChannelHandlerContext context) {
    if (hasInputEnded && !isAwaitingPage && !isBlocked && !isDone) {
      isDone = true;
      HttpAnswers.closeAfterAnswers(context.channel(), this);
    }
  }

  /** The superclass would drop the requests that wait behind the current one. */
  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
    if (event instanceof ChannelInputShutdownEvent) {
      hasInputEnded = true;
      endIfNothingIsLeft(context);
    } else {
      super.userEventTriggered(context, event);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.log(
        cause instanceof IOException ? Level.DEBUG : Level.ERROR,
        "a connection to the pages for operators failed",
        cause);
    context.close();
  }

  private void passOn(ChannelHandlerContext context) {
    Supplier<ChannelHandler> beyond = offer.beyond();
    isDone = true;
    if (beyond == null) {
      HttpAnswers.sendLast(
          context.channel(), this, PlainAnswer.badRequest(), HttpAnswers.Form.PRIVATE);
      return;
    }
    context.pipeline().addLast(beyond.get());
    context.pipeline().remove(this);
  }

  private void closeIfIdle(ChannelHandlerContext context) {
    long idle = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - lastRequestNanos);
    if (!isAwaitingPage && idle >= (inspected == 0 ? IDLE_SECONDS : HEAD_SECONDS)) {
      context.close();
    }
  }
}
