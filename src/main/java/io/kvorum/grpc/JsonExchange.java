package io.kvorum.grpc;

import io.grpc.Status;
import io.kvorum.model.ErrorCode;
import io.kvorum.service.ClientLimits;
import io.kvorum.service.DirectAnswer;
import io.kvorum.wire.ErrorTable;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Serves one JSON request of a client through the HTTP endpoint. Confined to the event loop.
 *
 * <p>The body of a call is collected here, so that the endpoint, where threads wait for bodies,
 * never sees one that is not complete; only a stream of messages is passed on as it comes. While
 * there is no endpoint, or this member serves nobody yet, the request is held, within {@link
 * HoldLimits}.
 *
 * <p>It is one state machine, whose stages body and answer share; so it is longer than others.
 *
 * <p>Held by: HttpRelayTest, HttpHoldTest.
 */
final class JsonExchange implements HttpRelay.Taker, EndpointConnection.Listener {
  /** What is read ahead of a stream of messages before the endpoint is connected. */
  private static final int STREAM_AHEAD_BYTES = 64 << 10;

  /** What the exchange asks of the client's connection. */
  interface Client {
    Channel channel();

    WaitTimer timer();

    /** Sends this answer instead, and closes the connection. */
    void refuse(PlainAnswer answer);

    /** The answer has been sent; the connection is closed if it is not kept. */
    void answered(boolean isKept);

    /** What the exchange {@linkplain #takesBody takes} may have changed. */
    void updateReading();
  }

  private enum Stage {
    /** Waits for a route. */
    HELD,
    /** The body is on its way. */
    RECEIVING,
    CONNECTING,
    /** The endpoint has the request, or as much of it as there is. */
    SENT,
    OVER
  }

  private final JsonTarget path;
  private final HttpRelay relay;
  private final Client client;
  private final CollectedBody body;
  private final AnswerPassage answer;

  /** Where the body comes from if it does not come from the endpoint. */
  private final DirectWriter direct;

  private final ExchangeTerms terms;
  private final boolean isClientKept;
  private final int headBytes;

  /** Until it has been sent. */
  private @Nullable HttpHead head;

  private Stage stage = Stage.HELD;
  private boolean isHeadCounted;
  private boolean isBodyComplete;
  private boolean hasInputEnded;
  private @Nullable Hold hold;
  private @Nullable InetSocketAddress address;
  private @Nullable EndpointConnection endpoint;
  private boolean isInterim;
  private boolean isDirect;
  private boolean hasEndpointEnded;
  private boolean isKept;
  private boolean isEndpointKept;

  JsonExchange(
      HttpHead head, JsonTarget path, HttpRelay relay, Client client, HttpAnswers.Form form) {
    this.head = head;
    this.isClientKept = head.isKept();
    this.headBytes = head.length();
    this.path = path;
    this.relay = relay;
    this.client = client;
    this.body =
        new CollectedBody(
            client.channel().alloc(), relay.holder(this::evictBody), head.contentLength());
    this.answer =
        new AnswerPassage(
            client.channel(),
            form,
            path.hasAnswerStream(),
            relay.holder(this::abort),
            this::onTaken);
    this.direct =
        new DirectWriter(client.channel().eventLoop(), this::limitStall, this::finishDirect);
    this.terms =
        new ExchangeTerms(client.channel().eventLoop(), relay.target().leader(), this::endWith);
  }

  private HttpLimits limits() {
    return relay.target().limits();
  }

  private HttpHead head() {
    return Objects.requireNonNull(head, "the head has been sent");
  }

  /** Begins; the body comes afterwards. */
  void begin() {
    if (!path.hasRequestStream() && head().contentLength() > limits().bodyBytes()) {
      refuse(tooLarge(head().contentLength()));
      return;
    }
    if (!countHead()) {
      refuse(
          PlainAnswer.gatewayError(
              Status.Code.RESOURCE_EXHAUSTED,
              Objects.requireNonNull(
                  ErrorTable.statusOf(ErrorCode.TOO_MANY_REQUESTS).getDescription())));
      return;
    }
    PlainAnswer refusal = terms.limitTime(head().timeout());
    if (refusal != null) {
      refuse(refusal);
      return;
    }
    HttpRouting.Route route = relay.target().routing().route();
    if (route == null) {
      hold();
    } else {
      follow(route);
    }
    HttpHead asked = head;
    if (stage != Stage.OVER && asked != null && asked.isToBeContinued()) {
      answer.askForBody();
    }
  }

  /** A long head takes room for as long as the request is served; false if there is none. */
  private boolean countHead() {
    isHeadCounted =
        headBytes > Presence.INCLUDED_HEADER_BYTES && relay.target().presence().enter(headBytes);
    return isHeadCounted || headBytes <= Presence.INCLUDED_HEADER_BYTES;
  }

  private void forgetHead() {
    head = null;
    if (isHeadCounted) {
      isHeadCounted = false;
      relay.target().presence().leave(headBytes);
    }
  }

  private PlainAnswer tooLarge(long bytes) {
    return PlainAnswer.gatewayError(
        Status.Code.RESOURCE_EXHAUSTED, ClientLimits.tooLarge(bytes, limits().bodyBytes()));
  }

  /** Reading goes on for a while, so that the end of a client that gives up is seen. */
  private void hold() {
    hold =
        Hold.begin(
            relay.target(),
            client.channel().eventLoop(),
            this::leaveHold,
            () -> refuse(PlainAnswer.starting("this request has waited too long")));
    if (hold == null) {
      refuse(PlainAnswer.starting("too many requests are waiting for it"));
    } else {
      leaveHold();
    }
  }

  private void leaveHold() {
    HttpRouting.Route route = relay.target().routing().route();
    Hold kept = hold;
    if (route != null && kept != null && kept.isOn()) {
      kept.end();
      follow(route);
      receivedForNow();
      client.updateReading();
    }
  }

  private void follow(HttpRouting.Route route) {
    if (route instanceof HttpRouting.Refusal refusal) {
      refuse(refusal.answer().get());
    } else if (route instanceof HttpRouting.Relay there
        && (!head().requiresLeader() || terms.requireLeader(path.hasAnswerStream()))) {
      address = there.endpoint();
      stage = Stage.RECEIVING;
      if (isBodyComplete) {
        connect(there.endpoint());
      }
    }
  }

  /** What has arrived at once has been given. */
  void receivedForNow() {
    EndpointConnection open = endpoint;
    if (stage == Stage.RECEIVING && path.hasRequestStream() && address != null) {
      connect(address);
    } else if (stage == Stage.SENT && open != null) {
      open.flush();
    }
  }

  /** Whether the client is waited for, which has a time limit. */
  boolean isCollecting() {
    return stage == Stage.RECEIVING && !path.hasRequestStream() && !isBodyComplete;
  }

  /** Whether more of the body should be read. */
  boolean takesBody() {
    return switch (stage) {
      case HELD -> hold == null || !hold.isFull();
      case RECEIVING, CONNECTING -> !path.hasRequestStream() || body.length() < STREAM_AHEAD_BYTES;
      case SENT -> endpoint == null || endpoint.takesMore();
      case OVER -> true;
    };
  }

  /** Takes a part of the body, and releases it. */
  void receive(HttpContent part) {
    isBodyComplete |= part instanceof LastHttpContent;
    EndpointConnection open = endpoint;
    if (stage == Stage.OVER) {
      part.release();
    } else if (open != null) {
      open.sendMore(part.content(), isBodyComplete);
      client.updateReading();
    } else {
      collect(part.content());
    }
  }

  private void collect(ByteBuf bytes) {
    body.add(bytes);
    if (!path.hasRequestStream() && body.length() > limits().bodyBytes()) {
      refuse(tooLarge(body.length()));
    } else if (stage == Stage.HELD) {
      collectWhileHeld();
    } else if (stage == Stage.RECEIVING && isBodyComplete && address != null) {
      client.timer().end();
      connect(address);
    }
  }

  private void collectWhileHeld() {
    Hold kept = hold;
    if (kept != null && !kept.keep(body.length())) {
      refuse(PlainAnswer.starting("too much is waiting for it"));
    } else {
      client.updateReading();
    }
  }

  private void evictBody() {
    refuse(
        PlainAnswer.gatewayError(
            Status.Code.UNAVAILABLE,
            "too much is being received, and this request has taken longest"));
  }

  /** The body has not arrived in time. */
  void timedOut() {
    refuse(
        PlainAnswer.gatewayError(
            HttpResponseStatus.REQUEST_TIMEOUT.code(),
            Status.Code.DEADLINE_EXCEEDED,
            "the body of the request has not arrived in time"));
  }

  /** The body is malformed. */
  void bodyBroken() {
    refuse(PlainAnswer.gatewayError(Status.Code.INVALID_ARGUMENT, "malformed chunked encoding"));
  }

  /** The client sends nothing more; it may still read an answer. */
  void inputEnded() {
    hasInputEnded = true;
    if (!isBodyComplete && !path.hasRequestStream()) {
      refuse(PlainAnswer.gatewayError(Status.Code.INVALID_ARGUMENT, "unexpected EOF"));
      return;
    }
    EndpointConnection open = endpoint;
    if (!isBodyComplete) {
      isBodyComplete = true;
      if (open != null) {
        open.sendMore(Unpooled.EMPTY_BUFFER, true);
        open.flush();
      }
    }
    if (open != null) {
      open.clientHasEnded();
    }
  }

  private void connect(InetSocketAddress there) {
    stage = Stage.CONNECTING;
    relay.connect(there, this);
  }

  @Override
  public boolean isWaiting() {
    return stage == Stage.CONNECTING;
  }

  @Override
  public void notConnected() {
    refuse(PlainAnswer.badGateway("the HTTP endpoint of this member does not answer"));
  }

  @Override
  public void connected(EndpointConnection connection) {
    stage = Stage.SENT;
    endpoint = connection;
    connection.begin(this, direct);
    if (hasInputEnded) {
      connection.clientHasEnded();
    }
    connection.send(head(), path, body.take(), isBodyComplete);
    head = null;
    connection.flush();
    client.updateReading();
  }

  @Override
  public void takingChanged() {
    client.updateReading();
  }

  @Override
  public void answered(HttpObject part) {
    if (part.decoderResult().isFailure()) {
      ReferenceCountUtil.release(part);
      broken();
      return;
    }
    if (part instanceof HttpResponse response) {
      answerBegins(response);
    }
    if (part instanceof HttpContent content) {
      answerGoesOn(content);
    }
  }

  private void answerBegins(HttpResponse response) {
    if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
      isInterim = true;
    } else if (isContainersPage(response)) {
      refuse(PlainAnswer.failure(response.status()));
    } else {
      isEndpointKept = HttpUtil.isKeepAlive(response);
      // The end of a stream of requests may come before that of the answers.
      isDirect = response.headers().contains(DirectAnswer.HEADER);
      response.headers().remove(DirectAnswer.HEADER);
      isKept = answer.begin(response, isClientKept && (isBodyComplete || path.hasRequestStream()));
      if (isDirect) {
        direct.attach(answer);
      }
    }
  }

  /** An error that is worded by the container itself. */
  private static boolean isContainersPage(HttpResponse response) {
    String type = response.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
    return response.status().code() >= HttpResponseStatus.BAD_REQUEST.code()
        && !type.startsWith("application/json")
        && !type.startsWith("text/plain");
  }

  private void answerGoesOn(HttpContent content) {
    boolean isLast = content instanceof LastHttpContent;
    if (isInterim || stage == Stage.OVER) {
      content.release();
      isInterim &= !isLast;
      return;
    }
    if (isDirect) {
      content.release();
      hasEndpointEnded |= isLast;
      if (isLast) {
        // What the REST face wrote before it completed its answer may still be on its way here.
        client.channel().eventLoop().execute(this::finishDirectOrAbort);
      }
      return;
    }
    answer.add(content.content());
    if (stage == Stage.SENT && isLast) {
      finish();
    } else if (answer.hasEnough() && endpoint != null) {
      endpoint.setReading(false);
    }
  }

  /** An answer past the endpoint is over when the endpoint's empty one is, too. */
  private void finishDirect() {
    if (stage == Stage.SENT && hasEndpointEnded && direct.hasEnded()) {
      finish();
    }
  }

  private void finishDirectOrAbort() {
    if (stage == Stage.SENT && !direct.hasEnded()) {
      abort();
    } else {
      finishDirect();
    }
  }

  private void finish() {
    beOver();
    answer.end();
    EndpointConnection done = endpoint;
    endpoint = null;
    if (done != null) {
      if (!isBodyComplete) {
        done.sendMore(Unpooled.EMPTY_BUFFER, true);
        done.close();
      } else if (isEndpointKept) {
        relay.release(done);
      } else {
        done.close();
      }
    }
    client.answered(isKept && isBodyComplete);
  }

  @Override
  public void answeredForNow() {
    client.channel().flush();
    throttle();
  }

  private void onTaken() {
    if (stage == Stage.SENT) {
      client.timer().end();
      throttle();
      limitStall();
    }
  }

  /** A client that reads nothing of an answer does not keep it for long. */
  private void limitStall() {
    if (stage == Stage.SENT
        && isDirect
        && !path.hasAnswerStream()
        && answer.pending() >= DirectWriter.MOST_WAITING_BYTES
        && !client.timer().isRunning()) {
      client.timer().begin(limits().stall(), this::abort);
    }
  }

  /**
   * Lets the endpoint wait while the client does not read. A thread may wait there for the answer
   * of a call; so that has a limit.
   */
  private void throttle() {
    EndpointConnection open = endpoint;
    if (stage != Stage.SENT || open == null) {
      return;
    }
    boolean hasEnough = answer.hasEnough();
    open.setReading(!hasEnough);
    if (hasEnough && !path.hasAnswerStream() && !client.timer().isRunning()) {
      client.timer().begin(limits().stall(), this::abort);
    }
  }

  @Override
  public void ended() {
    endpoint = null;
    broken();
  }

  private void broken() {
    if (answer.hasBegun()) {
      abort();
    } else {
      refuse(PlainAnswer.badGateway("the HTTP endpoint of this member closed the connection"));
    }
  }

  /** This member stops. An answer that has begun goes on as long as it can. */
  void stop(String reason) {
    endWith(Status.UNAVAILABLE.withDescription(reason));
  }

  private void endWith(Status status) {
    if (stage == Stage.OVER) {
      return;
    }
    String reason = Objects.requireNonNull(status.getDescription());
    if (path.hasAnswerStream()) {
      PlainAnswer error = PlainAnswer.streamError(status.getCode(), reason);
      if (!answer.hasBegun()) {
        refuse(error);
        return;
      }
      leave();
      answer.endEarly(Unpooled.wrappedBuffer(error.bytes()));
      client.answered(false);
    } else if (!answer.hasBegun()) {
      refuse(PlainAnswer.gatewayError(status.getCode(), reason));
    }
  }

  private void refuse(PlainAnswer instead) {
    if (stage == Stage.OVER) {
      return;
    }
    leave();
    answer.close();
    client.refuse(instead);
  }

  /** Breaks an answer off that cannot be completed. */
  private void abort() {
    leave();
    answer.close();
    client.channel().close();
  }

  /** The client has gone. */
  void clientGone() {
    leave();
    answer.close();
  }

  private void beOver() {
    stage = Stage.OVER;
    forgetHead();
    terms.close();
    direct.close();
    client.timer().end();
  }

  private void leave() {
    beOver();
    Hold kept = hold;
    if (kept != null) {
      kept.end();
    }
    body.drop();
    EndpointConnection open = endpoint;
    endpoint = null;
    if (open != null) {
      relay.abandon(open, !isBodyComplete);
    }
  }
}
