package io.kvorum.grpc;

import io.grpc.Status;
import io.kvorum.service.Caller;
import io.kvorum.service.HttpRules;
import io.kvorum.support.Futures;
import io.kvorum.support.Log;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Serves one HTTP/1.1 connection, one request after the other: answers the pages for operators
 * itself, and gives each JSON request to a {@link JsonExchange}. It serves one stream of HTTP/2 in
 * the same way, which is a connection with one request here. One per connection; confined to its
 * event loop, on which nothing ever waits for the client.
 *
 * <p>While a request is answered, those behind it wait. What is malformed is answered, and the
 * connection closed, as is one whose request does not arrive in time.
 *
 * <p>Held by: HttpFrontTest, StreamFrontTest.
 */
final class HttpFront extends ChannelInboundHandlerAdapter implements JsonExchange.Client {
  private static final Log LOG = Log.of(HttpFront.class);

  /**
   * What the connections of one listener can ask for.
   *
   * @param rules null where there are none: on the URLs for metrics
   * @param held counts what an event loop holds for clients
   * @param json where JSON is served; null if nowhere
   * @param mostStreams of a connection of HTTP/2 at a time, where gRPC does not set it
   */
  record Offer(
      OperatorPages pages,
      @Nullable HttpRules rules,
      HttpLimits limits,
      Function<EventLoop, HeldBytes> held,
      HttpRelay.@Nullable Target json,
      int mostStreams) {

    boolean admits(HttpHead head, Channel client) {
      return rules == null
          || ClientConnection.sessionOf(client) != null
          || rules.admitsHost(head.host());
    }
  }

  /** Ends the requests that are under way, as this member stops for that reason. */
  record Stop(String reason) {}

  private final Offer offer;
  private final RequestSource requests;

  /** Of the connection that this is a stream of; null if this is a connection. */
  private final @Nullable HttpRelay shared;

  @SuppressWarnings("NullAway.Init") // set when this handler is added
  private Channel client;

  @SuppressWarnings("NullAway.Init") // the same
  private WaitTimer timer;

  private @Nullable HttpRelay relay;
  private @Nullable JsonExchange exchange;
  private @Nullable WebSocketHandshake handshake;
  private HttpAnswers.Form form = HttpAnswers.Form.OF_NO_REQUEST;

  /** The body of the current request is not complete. */
  private boolean isReceiving;

  /** The answer to the current request is not complete. */
  private boolean isAnswering;

  /** The client does not read its answers; the requests behind them wait. */
  private boolean isBlocked;

  /** Nothing more is answered. */
  private boolean isDone;

  private boolean hasInputEnded;

  private HttpFront(Offer offer, RequestSource requests, @Nullable HttpRelay shared) {
    this.offer = offer;
    this.requests = requests;
    this.shared = shared;
  }

  /** That of a connection of HTTP/1.1. */
  static HttpFront ofConnection(Offer offer) {
    return new HttpFront(offer, new RequestDecoder(), null);
  }

  /**
   * That of a {@link StreamChannel}.
   *
   * @param relay that the streams of its connection share; null if JSON is not offered
   */
  static HttpFront ofStream(Offer offer, @Nullable HttpRelay relay) {
    return new HttpFront(offer, RequestSource.OF_STREAM, relay);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    client = context.channel();
    timer = new WaitTimer(client.eventLoop());
    client.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    requests.addBefore(context);
  }

  @Override
  public Channel channel() {
    return client;
  }

  @Override
  public WaitTimer timer() {
    return timer;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (isDone) {
      ReferenceCountUtil.release(message);
    } else if (message instanceof HttpRequest request) {
      begin(HttpHead.of(request));
    } else if (message instanceof HttpContent content) {
      receive(content);
    } else {
      ReferenceCountUtil.release(message);
    }
  }

  private void begin(HttpHead head) {
    timer.end();
    isReceiving = true;
    isAnswering = true;
    form = head.form(offer.rules());
    if (head.isPreface()) {
      ReferenceCountUtil.release(head.request());
      isDone = true;
      client.close();
      return;
    }
    PlainAnswer refusal = head.refusal();
    if (refusal != null) {
      ReferenceCountUtil.release(head.request());
      sendLast(refusal, head.form(null));
    } else if (!offer.admits(head, client)) {
      form = head.form(null);
      answer(head, PlainAnswer.unknownHost(head.host()));
    } else if (offer.rules() != null && head.method().equals("OPTIONS")) {
      answer(head, PlainAnswer.empty());
    } else {
      route(head);
    }
  }

  private void route(HttpHead head) {
    JsonTarget path = JsonTarget.of(head.path());
    String location = offer.rules() == null ? null : head.cleanLocation();
    if (location != null) {
      answer(head, PlainAnswer.redirect(location, head.method().equals("GET") || head.isHead()));
    } else if (offer.pages().has(head.path())) {
      answerPage(head);
    } else if (path == null || offer.json() == null) {
      answer(head, PlainAnswer.notFound());
    } else if (!path.mayExist()) {
      answer(head, PlainAnswer.gatewayError(Status.Code.NOT_FOUND, "Not Found"));
    } else if (requests instanceof RequestDecoder && WebSocketHandshake.isIn(head)) {
      shakeHands(head, new WebSocketHandshake(head));
    } else {
      JsonExchange begun = new JsonExchange(head, path, relay(offer.json()), this, form);
      exchange = begun;
      begun.begin();
    }
  }

  private HttpRelay relay(HttpRelay.Target target) {
    HttpRelay through = relay;
    if (through == null) {
      through = shared == null ? new HttpRelay(target, client) : shared;
      relay = through;
      target.relays().add(client);
    }
    return through;
  }

  /** Grants a WebSocket once the request has been received to its end. */
  private void shakeHands(HttpHead head, WebSocketHandshake asked) {
    PlainAnswer refusal = asked.refusal();
    if (refusal == null) {
      handshake = asked;
    } else {
      answer(head, refusal);
    }
  }

  /** Gives the connection to another handler, behind a decoder and an encoder of frames. */
  private void becomeWebSocket(WebSocketHandshake granted, JsonTarget path, HttpRelay through) {
    if (!(requests instanceof RequestDecoder decoder)) {
      throw new IllegalStateException("a stream becomes no WebSocket");
    }
    isDone = true;
    timer.close();
    client.writeAndFlush(HttpAnswers.switching(client.alloc(), granted.answer()));
    WebSocketFrames frames = new WebSocketFrames(offer.limits().bodyBytes());
    WebSocketFront front = new WebSocketFront(granted.request(path), path, through, client, frames);
    ChannelPipeline pipeline = client.pipeline();
    pipeline.addBefore(pipeline.context(this).name(), null, new WebSocket13FrameEncoder(false));
    pipeline.replace(this, null, front);
    // What has arrived behind the request goes through the new decoder.
    pipeline.replace(decoder, null, frames);
    front.updateReading();
  }

  private void answerPage(HttpHead head) {
    CompletableFuture<PlainAnswer> page = page(head.page(visitor()));
    if (page.isDone()) {
      answer(head, page.join());
    } else {
      page.thenAccept(done -> client.eventLoop().execute(() -> answer(head, done)));
    }
  }

  private Caller visitor() {
    return ClientConnection.callerAt(client, ClientConnection.sessionOf(client), Caller.Face.JSON);
  }

  /** Never fails. */
  private CompletableFuture<PlainAnswer> page(OperatorPages.Request request) {
    return Futures.attempt(() -> offer.pages().answer(request))
        .exceptionally(
            bug -> {
              LOG.error("bug: a page for operators failed", bug);
              return PlainAnswer.internalError();
            });
  }

  /** Sends an answer for which no body is read. */
  private void answer(HttpHead head, PlainAnswer answer) {
    if (!head.isKept() || head.hasBody()) {
      sendLast(answer, form);
    } else if (!isDone && client.isActive()) {
      send(answer, form, true);
      isAnswering = false;
      proceed();
    }
  }

  private void receive(HttpContent content) {
    boolean isLast = content instanceof LastHttpContent;
    boolean isBroken = content.decoderResult().isFailure();
    JsonExchange current = exchange;
    isReceiving = !isLast;
    if (current == null || isBroken) {
      content.release();
    }
    if (current != null && isBroken) {
      current.bodyBroken();
    } else if (current != null) {
      current.receive(content);
    }
    WebSocketHandshake asked = handshake;
    JsonTarget path = asked == null ? null : JsonTarget.of(asked.head().path());
    if (isLast && asked != null && path != null && offer.json() != null) {
      becomeWebSocket(asked, path, relay(offer.json()));
    } else if (isLast) {
      proceed();
    }
  }

  /** Continues with the next request when the current one is done with. */
  private void proceed() {
    isBlocked = !client.isWritable();
    if (!isReceiving && !isAnswering && !isBlocked && !isDone) {
      exchange = null;
      requests.resume();
      if (!requests.isDecoding()) {
        readForNow();
      }
    }
    updateReading();
  }

  @Override
  public void answered(boolean isKept) {
    isAnswering = false;
    if (isKept) {
      proceed();
    } else {
      closeAfterAnswers();
    }
  }

  @Override
  public void refuse(PlainAnswer answer) {
    sendLast(answer, form);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    readForNow();
  }

  /** What has arrived at once has been handled. */
  private void readForNow() {
    if (isDone) {
      return;
    }
    JsonExchange current = exchange;
    if (current != null) {
      current.receivedForNow();
    }
    endIfNothingComes();
    limitTime();
  }

  private void limitTime() {
    JsonExchange current = exchange;
    if (isDone || timer.isRunning()) {
      return;
    }
    if (current != null && current.isCollecting()) {
      timer.begin(offer.limits().body(), current::timedOut);
    } else if (requests.isInHead() && !isAnswering) {
      timer.begin(offer.limits().head(), this::headTimedOut);
    }
  }

  private void headTimedOut() {
    sendLast(
        PlainAnswer.refusal(HttpResponseStatus.REQUEST_TIMEOUT), HttpAnswers.Form.OF_NO_REQUEST);
  }

  @Override
  public void updateReading() {
    JsonExchange current = exchange;
    boolean mayRead = !isReceiving || current == null || current.takesBody();
    client.config().setAutoRead(isDone || (mayRead && !requests.isFull()));
    limitTime();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) throws Exception {
    if (isBlocked && client.isWritable()) {
      proceed();
    }
    super.channelWritabilityChanged(context);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
    if (event instanceof ChannelInputShutdownEvent) {
      hasInputEnded = true;
      if (isDone) {
        client.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
      } else {
        endIfNothingComes();
      }
    } else if (event instanceof Stop stop) {
      JsonExchange current = exchange;
      if (current != null && !isDone) {
        current.stop(stop.reason());
      }
    } else {
      super.userEventTriggered(context, event);
    }
  }

  /** Handles the end of the client's side once all that came before it is handled. */
  private void endIfNothingComes() {
    if (!hasInputEnded || isDone || requests.isDecoding()) {
      return;
    }
    JsonExchange current = exchange;
    if (isAnswering && current != null) {
      isReceiving = false;
      current.inputEnded();
    } else if (!isAnswering && !isBlocked) {
      closeAfterAnswers();
    }
  }

  private void sendLast(PlainAnswer answer, HttpAnswers.Form form) {
    if (!isDone && client.isActive()) {
      beDone();
      send(answer, form, false)
          .addListener((ChannelFuture sent) -> Farewell.say(client, hasInputEnded));
    }
  }

  /** Sends an answer, which counts until the client has taken it. */
  private ChannelFuture send(PlainAnswer answer, HttpAnswers.Form form, boolean isKept) {
    ChannelFuture sent = HttpAnswers.send(client, answer, form, isKept);
    if (!sent.isDone()) {
      offer.held().apply(client.eventLoop()).holdUntil(sent, answer.body().length());
    }
    return sent;
  }

  private void closeAfterAnswers() {
    if (!isDone) {
      beDone();
      client
          .writeAndFlush(Unpooled.EMPTY_BUFFER)
          .addListener((ChannelFuture sent) -> Farewell.say(client, hasInputEnded));
    }
  }

  private void beDone() {
    isDone = true;
    timer.end();
    requests.discard();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) throws Exception {
    isDone = true;
    timer.close();
    JsonExchange current = exchange;
    if (current != null) {
      current.clientGone();
    }
    HttpRelay through = relay;
    if (through != null && shared == null) {
      through.close();
    }
    super.channelInactive(context);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.log(
        cause instanceof IOException ? Level.DEBUG : Level.ERROR,
        "a connection of HTTP/1.1 failed",
        cause);
    context.close();
  }
}
