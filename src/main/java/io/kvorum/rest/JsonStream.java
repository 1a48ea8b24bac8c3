package io.kvorum.rest;

import io.grpc.Status;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.rest.json.JsonValues;
import io.kvorum.rest.json.MalformedJsonException;
import io.kvorum.service.DirectAnswer;
import io.kvorum.support.Log;
import io.kvorum.support.MemoryBudget;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Serves one HTTP request whose body and answer are simultaneous streams of JSON objects. Nothing
 * here blocks: requests are taken from the {@link RequestBody} as they arrive, answers from the
 * conversation only when the client can take them, so a client that does not read costs no thread,
 * and no more memory than the body holds. A message that has not arrived whole takes of a budget
 * that all streams share, and must arrive within a minute. Each message is one write: clients take
 * a chunk for a message.
 *
 * <p>All work is done in turns, one at a time, on the given executor; events from outside (bytes
 * arrived, the socket is writable, the conversation has an answer, the client disconnected) only
 * request a turn. Thread-safe.
 */
final class JsonStream implements RequestBody.Listener, AsyncListener {
  private static final Log LOG = Log.of(JsonStream.class);
  private static final int MAX_WRITES_PER_TURN = 64;

  /** How many pieces and messages are taken before other streams get their turn. */
  private static final int MAX_TAKES_PER_TURN = 64;

  /** What a stream takes of no budget: it is part of what a connection counts as. */
  private static final int FREE_BYTES = 16 << 10;

  private static final long MESSAGE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private static final byte[] HEARTBEAT = {'\n'};

  private final AsyncContext async;
  private final HttpServletResponse response;
  private final RequestBody body;
  private final @Nullable DirectAnswer direct;
  private final Executor executor;
  private final Consumer<JsonStream> onClose;
  private final Conversation conversation;
  private final JsonValues values;
  private final MemoryBudget.Hold hold;
  private final LongSupplier nanoTime;

  private final AtomicReference<Turn> turn = new AtomicReference<>(Turn.NONE);
  private volatile boolean isClosed;
  private volatile boolean isHeartbeatDue;
  private volatile boolean isLookDue;
  private volatile @Nullable Throwable broken;

  // Confined to turns.
  private boolean hasUntaken;
  private boolean hasTaken;
  private boolean hasEndedRequests;
  private long messageSinceNanos;
  private @Nullable AnswerOutput output;
  private boolean hasSent;
  private boolean isLast;
  private byte @Nullable [] unsent;
  private @Nullable GatewayError refusal;

  /** Whether a turn is due or running, and whether another one must follow it. */
  private enum Turn {
    NONE,
    ONE,
    ANOTHER
  }

  /**
   * The collaborators of all streams.
   *
   * @param patience how long the container's thread waits while requests are not taken
   * @param unfinished what messages may take that have not arrived whole
   */
  record StreamContext(
      Executor executor,
      int maxRequestBytes,
      Duration patience,
      MemoryBudget unfinished,
      LongSupplier nanoTime) {}

  /**
   * Begins to serve a request; the caller must return to the container.
   *
   * @param direct the way past the container; null if there is none
   * @param conversations creates the conversation, given an action that wakes this stream
   * @param onClose called once when the stream has ended
   */
  static JsonStream start(
      HttpServletRequest request,
      @Nullable DirectAnswer direct,
      StreamContext context,
      Function<Runnable, Conversation> conversations,
      Consumer<JsonStream> onClose)
      throws IOException {
    AsyncContext async = request.startAsync();
    async.setTimeout(0);
    JsonStream stream = new JsonStream(async, direct, context, conversations, onClose);
    async.addListener(stream);
    async.getRequest().getInputStream().setReadListener(stream.body);
    return stream;
  }

  private JsonStream(
      AsyncContext async,
      @Nullable DirectAnswer direct,
      StreamContext context,
      Function<Runnable, Conversation> conversations,
      Consumer<JsonStream> onClose)
      throws IOException {
    this.async = async;
    this.response = (HttpServletResponse) async.getResponse();
    this.body =
        new RequestBody(async.getRequest().getInputStream(), context.patience().toMillis(), this);
    this.direct = direct;
    this.executor = context.executor();
    this.onClose = onClose;
    this.values = new JsonValues(context.maxRequestBytes());
    this.hold = context.unfinished().newAccount().open();
    this.nanoTime = context.nanoTime();
    this.conversation = conversations.apply(this::requestTurn);
  }

  /** Writes an empty line, so that the loss of the client is noticed. */
  void heartbeat() {
    isHeartbeatDue = true;
    requestTurn();
  }

  /** Ends the requests if one of them takes too long to arrive. */
  void lookAtRequest() {
    isLookDue = true;
    requestTurn();
  }

  /** Ends the stream: the client has disconnected, or must be disconnected. */
  void breakOff(Throwable reason) {
    broken = reason;
    requestTurn();
  }

  boolean isClosed() {
    return isClosed;
  }

  private void requestTurn() {
    if (!isClosed
        && turn.getAndUpdate(now -> now == Turn.NONE ? Turn.ONE : Turn.ANOTHER) == Turn.NONE) {
      submitTurn();
    }
  }

  /** To be called where no other turn is due or running. Once the member stops, there is none. */
  private void submitTurn() {
    try {
      executor.execute(this::takeTurn);
    } catch (RejectedExecutionException stopping) {
      close();
    }
  }

  private void takeTurn() {
    boolean hasMore = false;
    try {
      if (broken != null) {
        close();
      } else if (!isClosed) {
        takeRequests();
        endLateRequest();
        hasMore = writeAnswers() || (hasUntaken && mayTakeRequests());
      }
    } catch (IOException e) {
      LOG.debug("the client of a JSON stream disconnected", e);
      close();
    } catch (RuntimeException e) {
      LOG.error("bug: a JSON stream failed", e);
      close();
    }
    if (hasMore || !turn.compareAndSet(Turn.ONE, Turn.NONE)) {
      turn.set(Turn.ONE);
      submitTurn();
    }
  }

  private void takeRequests() {
    try {
      hasUntaken = true;
      for (int i = 0; i < MAX_TAKES_PER_TURN && hasUntaken && mayTakeRequests(); i++) {
        byte[] json = values.next();
        if (json != null) {
          messageSinceNanos = nanoTime.getAsLong();
          conversation.take(json);
          hasTaken = true;
        } else {
          takeBytes();
        }
      }
      if (!hasEndedRequests) {
        takeRoom();
      }
    } catch (MalformedJsonException e) {
      refuse(
          GatewayError.of(
              Status.INVALID_ARGUMENT.withDescription(
                  "Failed to decode request: " + e.getMessage())));
      if (hasTaken) {
        // Without a request, the end would stand for an empty one.
        conversation.requestsEnded();
      }
    } catch (RequestException e) {
      refuse(GatewayError.of(e));
    }
  }

  /** Takes no more requests; the error has its place behind the answers to those before. */
  private void refuse(GatewayError error) {
    refusal = error;
    hasEndedRequests = true;
    values.clear();
    hold.close();
    body.dropRest();
  }

  /** Has the budget hold what has arrived and has not been taken. */
  private void takeRoom() {
    long needed = Math.max(0, values.heldBytes() + body.heldBytes() - FREE_BYTES);
    long held = hold.bytes();
    if (needed < held) {
      hold.give(held - needed);
    } else if (needed > held && !hold.tryTake(needed - held)) {
      throw new RequestException(ErrorCode.TOO_MANY_REQUESTS);
    }
  }

  private void endLateRequest() {
    if (isLookDue) {
      isLookDue = false;
      boolean isLate = nanoTime.getAsLong() - messageSinceNanos > MESSAGE_NANOS;
      if (isLate && !hasEndedRequests && !hasUntaken && values.isInMessage()) {
        refuse(
            GatewayError.of(
                Status.DEADLINE_EXCEEDED.withDescription(
                    "the request has not arrived within 60 seconds")));
      }
    }
  }

  private void takeBytes() {
    byte[] bytes = body.poll();
    if (bytes == null) {
      hasUntaken = false;
    } else if (bytes == RequestBody.END) {
      endRequests();
    } else {
      if (!values.isInMessage()) {
        messageSinceNanos = nanoTime.getAsLong();
      }
      values.add(bytes, bytes.length);
    }
  }

  private void endRequests() {
    hasEndedRequests = true;
    values.end();
    hold.close();
    conversation.requestsEnded();
  }

  private boolean mayTakeRequests() {
    return !isClosed
        && !hasEndedRequests
        && conversation.takesMore()
        && (output == null || output.isReady());
  }

  /** True if it stopped with more to write. */
  private boolean writeAnswers() throws IOException {
    for (int writes = 0; writes < MAX_WRITES_PER_TURN; writes++) {
      if (unsent == null) {
        unsent = nextElement();
      }
      if (unsent == null && !isLast) {
        return false;
      }
      AnswerOutput open = output;
      if (open == null) {
        open = open();
      }
      if (!open.isReady()) {
        return false;
      }
      if (unsent == null) {
        open.end();
        close();
        return false;
      }
      open.write(unsent, 0, unsent.length);
      unsent = null;
    }
    return true;
  }

  private byte @Nullable [] nextElement() {
    byte[] element = nextOfConversation();
    if (element == null && isHeartbeatDue) {
      isHeartbeatDue = false;
      element = HEARTBEAT;
    }
    hasSent |= element != null;
    return element;
  }

  private byte @Nullable [] nextOfConversation() {
    GatewayError error = refusal;
    if (error != null && conversation.hasAnswered() && conversation.failure() == null) {
      refusal = null;
      isLast = !hasTaken;
      return errorElement(error);
    }
    if (isLast) {
      return null;
    }
    byte[] element = conversation.next();
    if (element == null && conversation.isOver()) {
      isLast = true;
      GatewayError failure = conversation.failure();
      return failure == null ? null : errorElement(failure);
    }
    return element;
  }

  /** An error that is the only element also sets the HTTP status. */
  private byte[] errorElement(GatewayError error) {
    if (!hasSent && isLast) {
      response.setStatus(error.httpStatus());
    }
    return error.streamJson();
  }

  /** Sends the head of the answer. */
  private AnswerOutput open() throws IOException {
    response.setContentType("application/json");
    AnswerOutput open =
        AnswerOutput.begin(
            response,
            direct,
            this::requestTurn,
            () -> breakOff(new IOException("the client has disconnected")));
    output = open;
    return open;
  }

  private void close() {
    if (isClosed) {
      return;
    }
    isClosed = true;
    conversation.close();
    hold.close();
    onClose.accept(this);
    body.close(this::complete);
  }

  private void complete() {
    try {
      async.complete();
    } catch (IllegalStateException e) {
      LOG.debug("the container had already completed the stream", e);
    }
  }

  @Override
  public void arrived() {
    requestTurn();
  }

  @Override
  public void failed(Throwable reason) {
    breakOff(reason);
  }

  @Override
  public void onError(AsyncEvent event) {
    Throwable failure = event.getThrowable();
    breakOff(failure != null ? failure : new IOException("the container reports an error"));
  }

  @Override
  public void onTimeout(AsyncEvent event) {
    breakOff(new IOException("the container timed the request out"));
  }

  @Override
  public void onComplete(AsyncEvent event) {
    breakOff(new IOException("the request is complete"));
  }

  @Override
  public void onStartAsync(AsyncEvent event) {
    // Not restarted.
  }
}
