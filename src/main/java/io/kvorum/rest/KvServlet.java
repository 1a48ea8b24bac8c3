package io.kvorum.rest;

import com.google.protobuf.Message;
import io.kvorum.model.RangeQuery;
import io.kvorum.proto.etcdserverpb.DeleteRangeRequest;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import io.kvorum.rest.json.JsonBuffer;
import io.kvorum.rest.json.MessageToJson;
import io.kvorum.service.Caller;
import io.kvorum.service.DirectAnswer;
import io.kvorum.service.Entrance;
import io.kvorum.service.Headers;
import io.kvorum.service.Journal;
import io.kvorum.service.KvService;
import io.kvorum.service.RangeScan;
import io.kvorum.support.MemoryBudget;
import io.kvorum.support.MemoryBudget.Hold;
import io.kvorum.wire.KvWire;
import io.kvorum.wire.TxnWire;
import jakarta.inject.Inject;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Serves the calls of the KV service whose answers may be large, without JAX-RS, which would hold a
 * thread while a client reads, and which costs 35 microseconds of CPU per put, and 10 per range.
 * Thread-safe.
 *
 * <p>A result that is there at once (most ranges) is answered at once. Otherwise the completed
 * result dispatches the request again, to a thread of the container: one hand-over, and the Raft
 * thread writes to no client. What each call makes the member hold is taken from the {@link
 * MemoryBudget}; a range in the order of its keys takes no more than a piece of its answer.
 *
 * <p>Held by: JsonKvIT, JsonRangeIT.
 */
@WebServlet(
    urlPatterns = {KvServlet.PUT, KvServlet.RANGE, KvServlet.DELETE_RANGE, KvServlet.TXN},
    asyncSupported = true)
public class KvServlet extends HttpServlet {
  static final String PUT = "/v3/kv/put";
  static final String RANGE = "/v3/kv/range";
  static final String DELETE_RANGE = "/v3/kv/deleterange";
  static final String TXN = "/v3/kv/txn";
  private static final String PENDING = "io.kvorum.pending";

  /** A result exists as versions, as a message, and as text, which is the longest. */
  private static final int WEIGHT = 3;

  /** Text that is being written, and the copy of it in the container. */
  private static final long WRITTEN = 2;

  private static final int PIECE_BYTES = 64 << 10;

  /** A longer answer is written when the client can take it, without a thread that waits. */
  private static final int MOST_AT_ONCE = 32 << 10;

  private static final long serialVersionUID = 1L;

  @Inject private transient Entrance<KvService> kv;
  @Inject private transient Headers headers;
  @Inject private transient RequestBodies bodies;
  @Inject private transient MemoryBudget memory;
  @Inject private transient AnswerThreads threads;

  /**
   * A call in progress; its answer may be taken once the result is done.
   *
   * @param more makes the rest of the answer, if {@code answer} turns out to be its beginning
   */
  private record Pending(
      Hold hold,
      CompletableFuture<?> result,
      Supplier<JsonBuffer> answer,
      PiecewiseAnswer.@Nullable Source more) {
    boolean isWhole() {
      return more == null || !more.hasMore();
    }
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    if (request.getAttribute(PENDING) instanceof Pending done) {
      send(done, request, response);
    } else if (request.getMethod().equals("POST")) {
      call(request, response);
    } else {
      GatewayError.WRONG_METHOD.send(response);
    }
  }

  private void call(HttpServletRequest request, HttpServletResponse response) throws IOException {
    Hold hold = memory.newAccount().open();
    Pending pending;
    try {
      pending = start(request, hold);
    } catch (RuntimeException refused) {
      hold.close();
      GatewayError.of(refused).send(response);
      return;
    } catch (IOException gone) {
      hold.close();
      throw gone;
    }
    if (pending.result().isDone()) {
      send(pending, request, response);
      return;
    }
    request.setAttribute(PENDING, pending);
    AsyncContext async = request.startAsync();
    async.setTimeout(0); // the service has its own time limit
    // After a forward, a plain dispatch would go to the original path.
    boolean isForwarded = request.getAttribute(RequestDispatcher.FORWARD_REQUEST_URI) != null;
    String path = request.getServletPath();
    pending
        .result()
        .whenComplete(
            (result, failure) -> {
              if (isForwarded) {
                async.dispatch(path);
              } else {
                async.dispatch();
              }
            });
  }

  private Pending start(HttpServletRequest request, Hold hold) throws IOException {
    return switch (request.getServletPath()) {
      case PUT -> put(request, hold);
      case RANGE -> range(request, hold);
      case DELETE_RANGE -> deleteRange(request, hold);
      case TXN -> txn(request, hold);
      default -> throw new IllegalStateException("not mapped: " + request.getServletPath());
    };
  }

  private Pending put(HttpServletRequest request, Hold hold) throws IOException {
    PutRequest message = read(request, PutRequest.newBuilder()).build();
    if (message.getPrevKv()) {
      hold.weigh(WEIGHT);
    }
    var result =
        kv.call(
            Callers.of(request),
            message,
            hold,
            (service, asked, room) -> service.put(KvWire.put(asked), room));
    return whole(
        hold, result, () -> KvWire.response(headers.at(result.join().revision()), result.join()));
  }

  private Pending range(HttpServletRequest request, Hold hold) throws IOException {
    RangeRequest message = read(request, RangeRequest.newBuilder()).build();
    hold.weigh(WEIGHT);
    RangeQuery query = KvWire.query(message);
    if (RangeScan.isPossible(query)) {
      return inPieces(query, message, hold, Callers.of(request));
    }
    var result =
        kv.call(
            Callers.of(request),
            message,
            hold,
            (service, asked, room) -> service.range(query, asked.getSerializable(), room));
    return whole(
        hold, result, () -> KvWire.response(headers.at(result.join().revision()), result.join()));
  }

  private Pending deleteRange(HttpServletRequest request, Hold hold) throws IOException {
    DeleteRangeRequest message = read(request, DeleteRangeRequest.newBuilder()).build();
    hold.weigh(WEIGHT);
    var result =
        kv.call(
            Callers.of(request),
            message,
            hold,
            (service, asked, room) -> service.deleteRange(KvWire.deleteRange(asked), room));
    return whole(
        hold, result, () -> KvWire.response(headers.at(result.join().revision()), result.join()));
  }

  private Pending txn(HttpServletRequest request, Hold hold) throws IOException {
    TxnRequest message = read(request, TxnRequest.newBuilder()).build();
    hold.weigh(WEIGHT);
    var result =
        kv.call(
            Callers.of(request),
            message,
            hold,
            (service, asked, room) ->
                service.txn(TxnWire.txn(asked), TxnWire.isSerializable(asked), room));
    return whole(
        hold, result, () -> TxnWire.response(headers.at(result.join().revision()), result.join()));
  }

  private static Pending whole(
      Hold hold, CompletableFuture<?> result, Supplier<? extends Message> answer) {
    return new Pending(hold, result, () -> MessageToJson.buffer(answer.get()), null);
  }

  private Pending inPieces(RangeQuery query, RangeRequest message, Hold hold, Caller caller) {
    Entrance.Visit<KvService> visit = kv.enter(caller, message, Journal.Kind.ANSWER);
    RangeScan scan =
        new RangeScan(
            visit.service().pieces(), query, message.getSerializable(), PIECE_BYTES, hold);
    RangePieces pieces = new RangePieces(scan, visit, new RangeJson(headers::at), hold);
    CompletableFuture<JsonBuffer> first = pieces.next();
    return new Pending(hold, first, first::join, pieces);
  }

  private <B extends Message.Builder> B read(HttpServletRequest request, B builder)
      throws IOException {
    return bodies.read(request.getInputStream(), request.getContentLength(), builder);
  }

  private void send(Pending done, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    boolean isOver = true;
    try {
      JsonBuffer json;
      try {
        json = done.answer().get();
      } catch (RuntimeException failed) {
        GatewayError.of(failed).send(response);
        return;
      }
      response.setContentType("application/json");
      if (done.isWhole() && json.length() <= MOST_AT_ONCE) {
        response.setContentLength(json.length());
        json.writeTo(response.getOutputStream());
      } else {
        done.hold().settle(WRITTEN * json.length());
        isOver = false;
        DirectAnswer direct = Callers.directAnswer(request);
        PiecewiseAnswer.send(
            request,
            json,
            done.more() == null ? onlyHolding(done.hold()) : done.more(),
            direct,
            direct == null ? threads : Runnable::run);
      }
    } finally {
      if (isOver) {
        done.hold().close();
      }
    }
  }

  private static PiecewiseAnswer.Source onlyHolding(Hold hold) {
    return new PiecewiseAnswer.Source() {
      @Override
      public boolean hasMore() {
        return false;
      }

      @Override
      public CompletableFuture<JsonBuffer> next() {
        throw new IllegalStateException("there is one piece only");
      }

      @Override
      public void abandon() {
        hold.abandon();
      }

      @Override
      public void close() {
        hold.close();
      }
    };
  }

  /** The pieces of a range as text. What a piece holds is corrected once it is text. */
  private static final class RangePieces implements PiecewiseAnswer.Source {
    private final RangeScan scan;
    private final Entrance.Visit<KvService> visit;
    private final RangeJson json;
    private final Hold hold;
    private volatile boolean isLast;

    RangePieces(RangeScan scan, Entrance.Visit<KvService> visit, RangeJson json, Hold hold) {
      this.scan = scan;
      this.visit = visit;
      this.json = json;
      this.hold = hold;
    }

    @Override
    public boolean hasMore() {
      return !isLast;
    }

    @Override
    public CompletableFuture<JsonBuffer> next() {
      CompletableFuture<RangeScan.Piece> next;
      try {
        next = scan.next();
      } catch (RuntimeException refusal) {
        visit.ended(null, refusal);
        throw refusal;
      }
      return next.whenComplete(this::note).thenApply(this::write);
    }

    /** What the call does is known with its first piece. */
    private void note(RangeScan.@Nullable Piece piece, @Nullable Throwable failure) {
      visit.ended(piece == null ? null : piece.range(), failure);
    }

    private JsonBuffer write(RangeScan.Piece piece) {
      JsonBuffer text = json.write(piece);
      isLast = piece.isLast();
      hold.settle(WRITTEN * text.length());
      return text;
    }

    @Override
    public void abandon() {
      hold.abandon();
    }

    @Override
    public void close() {
      hold.close();
    }
  }
}
