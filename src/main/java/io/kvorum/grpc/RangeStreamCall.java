package io.kvorum.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.kvorum.model.Bytes;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.Result;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RangeResponse;
import io.kvorum.proto.etcdserverpb.RangeStreamResponse;
import io.kvorum.service.Header;
import io.kvorum.wire.ErrorTable;
import io.kvorum.wire.KvWire;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Sends one range in chunks that are read one after the other at one revision. The next chunk is
 * read once the transport has taken the previous one, so a range of any size costs the memory of a
 * chunk or two.
 *
 * <p>The chunks are disjoint and in key order; only the last one carries header, count and more.
 * Confined to the connection's event loop, except for {@link #end}.
 */
final class RangeStreamCall extends OneRequestCall<RangeRequest, RangeStreamResponse> {
  private static final long FIRST_CHUNK_KEYS = 10;

  /**
   * The collaborators of all range streams.
   *
   * @param range reads, serializably if true; does not block: large reads run on other threads
   * @param header a header with the given revision
   * @param targetBytes the size that chunks approach
   */
  record Context(
      BiFunction<RangeQuery, Boolean, CompletableFuture<Result.Range>> range,
      LongFunction<Header> header,
      int targetBytes,
      StreamRegistry streams) {}

  private final Context context;
  private boolean isReading;

  // The rest of the range; set by the request, advanced by each chunk.
  private @Nullable RangeQuery rest;
  private boolean isSerializable;
  private long chunkKeys = FIRST_CHUNK_KEYS;
  private long totalKeys;
  private long headerRevision;

  private RangeStreamCall(ServerCall<RangeRequest, RangeStreamResponse> call, Context context) {
    super(call, context.streams());
    this.context = context;
  }

  static ServerCall.Listener<RangeRequest> start(
      ServerCall<RangeRequest, RangeStreamResponse> call, Metadata headers, Context context) {
    return new RangeStreamCall(call, context).begin(headers);
  }

  @Override
  protected void start(RangeRequest asked) {
    try {
      rest = KvWire.streamQuery(asked);
    } catch (RuntimeException refusal) {
      close(ErrorTable.statusOf(refusal));
      return;
    }
    isSerializable = asked.getSerializable();
    readOn();
  }

  @Override
  public void onReady() {
    readOn();
  }

  private void readOn() {
    RangeQuery query = rest;
    if (isReading || query == null || !isReady()) {
      return;
    }
    isReading = true;
    CompletableFuture<Result.Range> read;
    try {
      read = context.range().apply(query.withLimit(nextLimit(query)), isSerializable);
    } catch (RuntimeException refusal) {
      close(ErrorTable.statusOf(refusal));
      return;
    }
    // Never at once: chunks that are read synchronously must not recurse.
    read.whenComplete((chunk, failure) -> runLater(() -> send(query, chunk, failure)));
  }

  /** The limit of the rest is what is left of the client's limit. */
  private long nextLimit(RangeQuery query) {
    return query.limit() > 0 ? Math.min(query.limit(), chunkKeys) : chunkKeys;
  }

  private void send(RangeQuery query, Result.@Nullable Range chunk, @Nullable Throwable failure) {
    isReading = false;
    if (isClosed()) {
      return;
    }
    if (failure != null || chunk == null) {
      close(failure == null ? Status.INTERNAL : ErrorTable.statusOf(failure));
      return;
    }
    if (headerRevision == 0) {
      headerRevision = chunk.revision();
      totalKeys = chunk.count();
    }
    int keys = chunk.kvs().size();
    boolean isLast = !chunk.more() || keys == 0 || keys == query.limit();
    RangeResponse response =
        isLast
            ? KvWire.response(
                context.header().apply(headerRevision),
                new Result.Range(headerRevision, chunk.kvs(), chunk.more(), totalKeys))
            : KvWire.chunk(chunk);
    send(RangeStreamResponse.newBuilder().setRangeResponse(response).build());
    if (isLast) {
      close(Status.OK);
      return;
    }
    rest = after(query, chunk.kvs());
    isSerializable = true;
    adapt(response.getSerializedSize());
    readOn();
  }

  /** The query for the keys after those sent, at the revision of the first chunk. */
  private RangeQuery after(RangeQuery query, List<KeyValue> sent) {
    Bytes next = sent.get(sent.size() - 1).key().successor();
    long revision = query.revision() > 0 ? query.revision() : headerRevision;
    return new RangeQuery(
        new KeyRange(next, query.range().to()),
        revision,
        query.limit() > 0 ? query.limit() - sent.size() : 0,
        query.sortTarget(),
        query.sortOrder(),
        query.bounds(),
        query.projection());
  }

  private void adapt(int bytes) {
    if (bytes < context.targetBytes() / 2) {
      chunkKeys *= 2;
    } else if (bytes / 2 > context.targetBytes()) {
      chunkKeys = Math.max(1, chunkKeys / 2);
    }
  }
}
