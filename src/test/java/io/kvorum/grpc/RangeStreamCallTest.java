package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.ServerServiceDefinition;
import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest.SortOrder;
import io.kvorum.proto.etcdserverpb.RangeRequest.SortTarget;
import io.kvorum.proto.etcdserverpb.RangeResponse;
import io.kvorum.proto.etcdserverpb.RangeStreamResponse;
import io.kvorum.service.Header;
import io.kvorum.service.RangeScan;
import io.kvorum.support.MemoryBudget;
import io.kvorum.testing.Admitted;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RangeStreamCallTest {
  private static final int TARGET_BYTES = 20_000;
  private static final long REVISION = 77;

  private final ConcurrentSkipListMap<Bytes, KeyValue> store = new ConcurrentSkipListMap<>();
  private final Queue<RangeQuery> queries = new ConcurrentLinkedQueue<>();
  private final Queue<Boolean> serializable = new ConcurrentLinkedQueue<>();
  private PortHarness harness;

  @BeforeEach
  void start() throws IOException {
    for (int i = 0; i < 1000; i++) {
      Bytes key = Bytes.utf8(String.format("key%04d", i));
      store.put(key, new KeyValue(key, Bytes.wrap(new byte[500]), 2, 2, 1, 0));
    }
    StreamRegistry streams = new StreamRegistry(() -> true);
    harness =
        new PortHarness(
            streams,
            List.of(
                ServerServiceDefinition.builder(KVGrpc.SERVICE_NAME)
                    .addMethod(
                        KVGrpc.getRangeStreamMethod(),
                        (call, headers) ->
                            RangeStreamCall.start(
                                call,
                                headers,
                                new RangeStreamCall.Context(
                                    Admitted.<Supplier<RangeScan.Reader>>to(() -> this::range),
                                    revision -> new Header(1, 2, revision, 3),
                                    TARGET_BYTES,
                                    streams)))
                    .build()),
            null);
  }

  @AfterEach
  void stop() {
    harness.close();
  }

  private CompletableFuture<Result.Range> range(
      RangeQuery query, boolean isSerializable, long bytes, MemoryBudget.Hold hold) {
    queries.add(query);
    serializable.add(isSerializable);
    if (query.revision() > REVISION) {
      return CompletableFuture.failedFuture(new RequestException(ErrorCode.FUTURE_REVISION));
    }
    List<KeyValue> all =
        store.values().stream().filter(kv -> query.range().contains(kv.key())).toList();
    if (query.projection() == RangeQuery.Projection.COUNT_ONLY) {
      return CompletableFuture.completedFuture(
          new Result.Range(REVISION, List.of(), false, all.size()));
    }
    long limit = query.limit() == 0 ? all.size() : query.limit();
    return CompletableFuture.supplyAsync(
        () ->
            new Result.Range(
                REVISION, all.stream().limit(limit).toList(), all.size() > limit, all.size()));
  }

  private List<RangeResponse> stream(RangeRequest request) {
    List<RangeResponse> chunks = new ArrayList<>();
    KVGrpc.newBlockingStub(harness.channel())
        .rangeStream(request)
        .forEachRemaining((RangeStreamResponse chunk) -> chunks.add(chunk.getRangeResponse()));
    return chunks;
  }

  private static RangeRequest.Builder all() {
    return RangeRequest.newBuilder()
        .setKey(ByteString.copyFromUtf8("key"))
        .setRangeEnd(ByteString.copyFromUtf8("kez"));
  }

  private static List<String> keysOf(List<RangeResponse> chunks) {
    return chunks.stream()
        .flatMap(chunk -> chunk.getKvsList().stream())
        .map(kv -> kv.getKey().toStringUtf8())
        .toList();
  }

  @Test
  void theChunksTogetherAreTheRangeAndTheLastOneHasHeaderAndCount() {
    List<RangeResponse> chunks = stream(all().build());
    assertThat(keysOf(chunks)).isEqualTo(store.keySet().stream().map(Bytes::toUtf8).toList());
    assertThat(chunks.get(0).getKvsCount()).isEqualTo(10);
    for (RangeResponse chunk : chunks.subList(0, chunks.size() - 1)) {
      assertThat(chunk.hasHeader()).isFalse();
      assertThat(chunk.getMore()).isFalse();
      assertThat(chunk.getCount()).isZero();
      assertThat(chunk.getSerializedSize()).isLessThan(3 * TARGET_BYTES);
    }
    RangeResponse last = chunks.get(chunks.size() - 1);
    assertThat(last.getHeader().getRevision()).isEqualTo(REVISION);
    assertThat(last.getCount()).isEqualTo(1000);
    assertThat(last.getMore()).isFalse();
  }

  @Test
  void chunksAfterTheFirstAreReadLocallyAtItsRevision() {
    stream(all().build());
    assertThat(queries).extracting(RangeQuery::revision).startsWith(0L, REVISION, REVISION);
    assertThat(serializable).startsWith(false, true, true);
    assertThat(serializable.stream().filter(local -> !local)).hasSize(1);
  }

  @Test
  void aLimitCutsTheStreamAndLeavesTheCount() {
    List<RangeResponse> chunks = stream(all().setLimit(25).build());
    assertThat(keysOf(chunks)).hasSize(25);
    RangeResponse last = chunks.get(chunks.size() - 1);
    assertThat(last.getMore()).isTrue();
    assertThat(last.getCount()).isEqualTo(1000);
    assertThat(stream(all().setLimit(10).build())).hasSize(1);
    assertThat(stream(all().setLimit(1000).build()))
        .last()
        .satisfies(end -> assertThat(end.getMore()).isFalse());
  }

  @Test
  void anEmptyRangeAndACountAreOneChunk() {
    List<RangeResponse> empty =
        stream(RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("none")).build());
    assertThat(empty).hasSize(1);
    assertThat(empty.get(0).getHeader().getRevision()).isEqualTo(REVISION);
    List<RangeResponse> count = stream(all().setCountOnly(true).build());
    assertThat(count).hasSize(1);
    assertThat(count.get(0).getCount()).isEqualTo(1000);
  }

  @Test
  void whatCannotBeStreamedIsUnimplementedAndWhatIsWrongIsRefused() {
    assertThatThrownBy(() -> stream(all().setSortOrder(SortOrder.DESCEND).build()))
        .hasMessage("UNIMPLEMENTED: RangeStream does not support custom sort orders");
    assertThatThrownBy(
            () ->
                stream(all().setSortOrder(SortOrder.ASCEND).setSortTarget(SortTarget.MOD).build()))
        .hasMessage("UNIMPLEMENTED: RangeStream does not support custom sort orders");
    assertThatThrownBy(() -> stream(all().setMinModRevision(3).build()))
        .hasMessage("UNIMPLEMENTED: RangeStream does not support revision filters");
    assertThatThrownBy(() -> stream(all().setSortOrderValue(9).build()))
        .hasMessage("INVALID_ARGUMENT: etcdserver: invalid sort option");
    assertThatThrownBy(() -> stream(RangeRequest.getDefaultInstance()))
        .hasMessage("INVALID_ARGUMENT: etcdserver: key is not provided");
    assertThatThrownBy(() -> stream(all().setRevision(REVISION + 1).build()))
        .hasMessage("OUT_OF_RANGE: etcdserver: mvcc: required revision is a future revision");
  }

  @Test
  void theNaturalOrderMayBeAskedFor() {
    assertThat(keysOf(stream(all().setSortOrder(SortOrder.ASCEND).build()))).hasSize(1000);
  }

  @Test
  void aTargetWithoutAnOrderIsStreamedInTheOrderOfTheTarget() {
    List<RangeResponse> chunks = stream(all().setSortTarget(SortTarget.MOD).setLimit(900).build());
    assertThat(queries).hasSize(1);
    assertThat(queries.element().sortTarget()).isEqualTo(RangeQuery.SortTarget.MOD);
    assertThat(queries.element().limit()).isEqualTo(900);
    assertThat(keysOf(chunks)).hasSize(900).doesNotHaveDuplicates();
    assertThat(chunks).hasSizeGreaterThan(10);
    RangeResponse last = chunks.get(chunks.size() - 1);
    assertThat(last.getHeader().getRevision()).isEqualTo(REVISION);
    assertThat(last.getCount()).isEqualTo(1000);
    assertThat(last.getMore()).isTrue();
  }

  @Test
  void aClientThatStopsReadingStopsTheReading() {
    for (int i = 1000; i < 9000; i++) {
      Bytes key = Bytes.utf8(String.format("key%04d", i));
      store.put(key, new KeyValue(key, Bytes.wrap(new byte[2000]), 2, 2, 1, 0));
    }
    var chunks = KVGrpc.newBlockingStub(harness.channel()).rangeStream(all().build());
    assertThat(chunks.next().getRangeResponse().getKvsCount()).isEqualTo(10);
    // 16 MB in all. Once the buffers in between are full, nothing more is read, so that calls on
    // the same server go by without a further query.
    int soFar;
    do {
      soFar = queries.size();
      for (int i = 0; i < 50; i++) {
        stream(RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("none")).build());
      }
    } while (queries.size() != soFar + 50);
    assertThat(queries.stream().filter(query -> query.range().to() != null).count())
        .isLessThan(600);
    List<RangeResponse> rest = new ArrayList<>();
    chunks.forEachRemaining(chunk -> rest.add(chunk.getRangeResponse()));
    assertThat(keysOf(rest)).hasSize(8990);
  }
}
