package io.kvorum.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.Result;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RangeResponse;
import io.kvorum.proto.etcdserverpb.RangeStreamResponse;
import io.kvorum.service.Entrance;
import io.kvorum.service.Header;
import io.kvorum.service.Journal;
import io.kvorum.service.RangeScan;
import io.kvorum.service.SortedScan;
import io.kvorum.wire.ErrorTable;
import io.kvorum.wire.KvWire;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends one range in chunks that are read one after the other at one revision. The next chunk is
 * read once the transport has taken the previous one, so a range of any size costs the memory of a
 * chunk or two. A range that has to be sorted is read as a whole.
 *
 * <p>The chunks are disjoint and in the order of the range; only the last one carries header, count
 * and more. Confined to the connection's event loop, except for {@link #end}.
 */
final class RangeStreamCall extends OneRequestCall<RangeRequest, RangeStreamResponse> {
  /**
   * The collaborators of all range streams.
   *
   * @param readers gives what reads the chunks of one range, and does not block
   * @param header a header with the given revision
   * @param targetBytes the size that chunks approach
   */
  record Context(
      Entrance<Supplier<RangeScan.Reader>> readers,
      LongFunction<Header> header,
      int targetBytes,
      StreamRegistry streams) {}

  private final Context context;
  private @Nullable Supplier<CompletableFuture<RangeScan.Piece>> pieces;
  private boolean isReading;

  private RangeStreamCall(
      ServerCall<RangeRequest, RangeStreamResponse> call, Metadata headers, Context context) {
    super(call, headers, context.streams());
    this.context = context;
  }

  static ServerCall.Listener<RangeRequest> start(
      ServerCall<RangeRequest, RangeStreamResponse> call, Metadata headers, Context context) {
    return new RangeStreamCall(call, headers, context).begin(headers);
  }

  @Override
  protected CompletableFuture<Void> recognized() {
    return context.readers().recognize(caller());
  }

  @Override
  protected void start(RangeRequest asked) {
    RangeQuery query = KvWire.streamQuery(asked);
    Entrance.Visit<Supplier<RangeScan.Reader>> visit =
        context.readers().enter(caller(), asked, Journal.Kind.STREAM);
    isVisiting(visit);
    pieces = pieces(visit.service().get(), query, asked.getSerializable());
    readOn();
  }

  private Supplier<CompletableFuture<RangeScan.Piece>> pieces(
      RangeScan.Reader reader, RangeQuery query, boolean isSerializable) {
    int bytes = context.targetBytes();
    return RangeScan.isPossible(query)
        ? new RangeScan(reader, query, isSerializable, bytes, hold())::next
        : new SortedScan(reader, query, isSerializable, bytes, hold())::next;
  }

  @Override
  public void onReady() {
    readOn();
  }

  private void readOn() {
    Supplier<CompletableFuture<RangeScan.Piece>> reading = pieces;
    if (isReading || reading == null || !isReady()) {
      return;
    }
    isReading = true;
    CompletableFuture<RangeScan.Piece> next;
    try {
      next = reading.get();
    } catch (RuntimeException refusal) {
      isReading = false;
      close(ErrorTable.statusOf(refusal));
      return;
    }
    // Never at once: chunks that are read synchronously must not recurse.
    next.whenComplete((piece, failure) -> runLater(() -> send(piece, failure)));
  }

  @Override
  protected boolean isReading() {
    return isReading;
  }

  private void send(RangeScan.@Nullable Piece piece, @Nullable Throwable failure) {
    isReading = false;
    if (isClosed()) {
      free();
      return;
    }
    if (failure != null || piece == null) {
      close(failure == null ? Status.INTERNAL : ErrorTable.statusOf(failure));
      return;
    }
    Result.Range range = piece.range();
    RangeResponse response =
        piece.isLast()
            ? KvWire.response(context.header().apply(range.revision()), range)
            : KvWire.chunk(range);
    RangeStreamResponse message =
        RangeStreamResponse.newBuilder().setRangeResponse(response).build();
    send(message, message.getSerializedSize());
    if (piece.isLast()) {
      close(Status.OK);
    } else {
      readOn();
    }
  }
}
