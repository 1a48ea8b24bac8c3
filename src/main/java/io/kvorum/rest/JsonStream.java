package io.kvorum.rest;

import io.grpc.Status;
import io.kvorum.rest.json.JsonValues;
import io.kvorum.rest.json.MalformedJsonException;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP request whose body and answer are streams of JSON objects, both at once. Nothing here
 * blocks: requests are taken from the {@link RequestBody} as they come, answers from the
 * conversation only when the client can take them, so a client that does not read costs no thread,
 * and no more memory than the body holds.
 *
 * <p>Everything happens in turns, one at a time, on the given executor; whatever happens outside
 * (bytes came, the socket has room, the conversation has something to say, the client has gone)
 * only asks for a turn.
 */
final class JsonStream implements RequestBody.Listener, WriteListener, AsyncListener {
  private static final System.Logger LOG = System.getLogger(JsonStream.class.getName());
  private static final int MAX_WRITES_PER_TURN = 64;

  /** What Liberty writes in one piece, so that more in one write gains nothing. */
  private static final int WRITE_BYTES = 8192;

  private static final byte[] HEARTBEAT = {'\n'};

  private final AsyncContext async;
  private final HttpServletResponse response;
  private final RequestBody body;
  private final ServletOutputStream output;
  private final Executor executor;
  private final Consumer<JsonStream> onClose;
  private final Conversation conversation;
  private final JsonValues values;

  private final AtomicReference<Turn> turn = new AtomicReference<>(Turn.NONE);
  private volatile boolean isClosed;
  private volatile boolean isHeartbeatDue;
  private volatile @Nullable Throwable broken;

  // Confined to turns.
  private boolean hasUntaken;
  private boolean hasTaken;
  private boolean hasEndedRequests;
  private boolean isOpen;
  private boolean hasSpoken;
  private boolean isLast;
  private byte @Nullable [] unsent;
  private @Nullable GatewayError malformed;

  /** Whether a turn is due or being taken, and whether it is to be followed by another. */
  private enum Turn {
    NONE,
    ONE,
    ANOTHER
  }

  /**
   * What all streams share.
   *
   * @param patience how long requests may wait for a client that does not take its answers
   */
  record Surroundings(Executor executor, int maxRequestBytes, Duration patience) {}

  /**
   * Begins to serve a request; the caller must return to the container.
   *
   * @param conversations makes the conversation, given how to wake this stream
   * @param onClose told once when the stream has ended
   */
  static JsonStream start(
      HttpServletRequest request,
      Surroundings surroundings,
      Function<Runnable, Conversation> conversations,
      Consumer<JsonStream> onClose)
      throws IOException {
    AsyncContext async = request.startAsync();
    async.setTimeout(0);
    JsonStream stream = new JsonStream(async, surroundings, conversations, onClose);
    async.addListener(stream);
    async.getRequest().getInputStream().setReadListener(stream.body);
    return stream;
  }

  private JsonStream(
      AsyncContext async,
      Surroundings surroundings,
      Function<Runnable, Conversation> conversations,
      Consumer<JsonStream> onClose)
      throws IOException {
    this.async = async;
    this.response = (HttpServletResponse) async.getResponse();
    this.body =
        new RequestBody(
            async.getRequest().getInputStream(), surroundings.patience().toMillis(), this);
    this.output = response.getOutputStream();
    this.executor = surroundings.executor();
    this.onClose = onClose;
    this.values = new JsonValues(surroundings.maxRequestBytes());
    this.conversation = conversations.apply(this::askForTurn);
  }

  /** Writes something that means nothing, so that a client that has gone is noticed. */
  void heartbeat() {
    isHeartbeatDue = true;
    askForTurn();
  }

  /** The client has gone, or is to be sent away. */
  void breakOff(Throwable reason) {
    broken = reason;
    askForTurn();
  }

  boolean isClosed() {
    return isClosed;
  }

  private void askForTurn() {
    if (turn.getAndUpdate(now -> now == Turn.NONE ? Turn.ONE : Turn.ANOTHER) == Turn.NONE) {
      executor.execute(this::takeTurn);
    }
  }

  private void takeTurn() {
    boolean hasMore = false;
    try {
      if (broken != null) {
        close();
      } else if (!isClosed) {
        takeRequests();
        hasMore = writeAnswers() || (hasUntaken && mayTakeRequests());
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "the client of a JSON stream has gone", e);
      close();
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "bug: a JSON stream failed", e);
      close();
    }
    if (hasMore || !turn.compareAndSet(Turn.ONE, Turn.NONE)) {
      turn.set(Turn.ONE);
      executor.execute(this::takeTurn);
    }
  }

  private void takeRequests() {
    try {
      hasUntaken = true;
      while (hasUntaken && mayTakeRequests()) {
        byte[] json = values.next();
        if (json != null) {
          conversation.take(json);
          hasTaken = true;
        } else {
          takeBytes();
        }
      }
    } catch (MalformedJsonException e) {
      malformed =
          GatewayError.of(
              Status.INVALID_ARGUMENT.withDescription(
                  "Failed to decode request: " + e.getMessage()));
      hasEndedRequests = true;
      conversation.requestsEnded();
      body.dropRest();
    }
  }

  private void takeBytes() {
    byte[] bytes = body.poll();
    if (bytes == null) {
      hasUntaken = false;
    } else if (bytes == RequestBody.END) {
      endRequests();
    } else {
      values.add(bytes, bytes.length);
    }
  }

  private void endRequests() {
    hasEndedRequests = true;
    values.end();
    conversation.requestsEnded();
  }

  private boolean mayTakeRequests() {
    return !isClosed
        && !hasEndedRequests
        && conversation.takesMore()
        && (!isOpen || output.isReady());
  }

  /** True if it stopped although there may be more to write. */
  private boolean writeAnswers() throws IOException {
    for (int writes = 0; writes < MAX_WRITES_PER_TURN; writes++) {
      if (unsent == null) {
        unsent = nextWrite();
      }
      if (unsent == null && !isOver()) {
        return false;
      }
      if (!isOpen) {
        open();
      }
      if (!output.isReady()) {
        return false;
      }
      if (unsent == null) {
        close();
        return false;
      }
      output.write(unsent);
      unsent = null;
    }
    return true;
  }

  private boolean isOver() {
    return isLast || conversation.isOver();
  }

  /** Many small elements in one write. */
  private byte @Nullable [] nextWrite() {
    byte[] first = nextElement();
    if (first == null || first.length >= WRITE_BYTES) {
      return first;
    }
    byte[] second = nextElement();
    if (second == null) {
      return first;
    }
    ByteArrayOutputStream joined = new ByteArrayOutputStream(2 * WRITE_BYTES);
    joined.writeBytes(first);
    for (byte[] next = second; next != null; next = nextElement()) {
      joined.writeBytes(next);
      if (joined.size() >= WRITE_BYTES) {
        break;
      }
    }
    return joined.toByteArray();
  }

  private byte @Nullable [] nextElement() {
    byte[] element = nextOfConversation();
    if (element == null && isHeartbeatDue) {
      isHeartbeatDue = false;
      element = HEARTBEAT;
    }
    hasSpoken |= element != null;
    return element;
  }

  private byte @Nullable [] nextOfConversation() {
    GatewayError error = malformed;
    if (error != null) {
      malformed = null;
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

  /** An error that ends the stream before anything else was said has an HTTP status of its own. */
  private byte[] errorElement(GatewayError error) {
    if (!hasSpoken && isLast) {
      response.setStatus(error.httpStatus());
    }
    return error.streamJson();
  }

  /**
   * Prepares the answer, headers included, to leave with the first write.
   *
   * <p>In Liberty a flush blocks until the client takes it, even here; a write that fills the
   * response's buffer does not. So the buffer is as small as can be, and nothing is ever flushed.
   */
  private void open() {
    isOpen = true;
    response.setContentType("application/json");
    response.setBufferSize(1);
    output.setWriteListener(this);
  }

  private void close() {
    if (isClosed) {
      return;
    }
    isClosed = true;
    conversation.close();
    onClose.accept(this);
    body.close(this::complete);
  }

  private void complete() {
    try {
      async.complete();
    } catch (IllegalStateException e) {
      LOG.log(System.Logger.Level.DEBUG, "the container ended the stream before us", e);
    }
  }

  @Override
  public void arrived() {
    askForTurn();
  }

  @Override
  public void failed(Throwable reason) {
    breakOff(reason);
  }

  @Override
  public void onWritePossible() {
    askForTurn();
  }

  @Override
  public void onError(Throwable failure) {
    breakOff(failure);
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
    // Nobody starts it again.
  }
}
