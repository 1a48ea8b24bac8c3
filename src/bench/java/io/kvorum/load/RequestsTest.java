package io.kvorum.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The requests that are written by hand must be those that a generated class would write. */
final class RequestsTest {

  private final Keys keys = new Keys("kvorum/load/", 31, 10_000, 256, 7);
  private final ProtoRequests proto = new ProtoRequests(keys);
  private final JsonRequests json = new JsonRequests(keys);

  @Test
  void keysHaveTheirSizeAndSortAsTheirNumbersDo() {
    assertThat(new String(keys.key(42), StandardCharsets.US_ASCII))
        .isEqualTo("kvorum/load/0000000000000000042")
        .hasSize(31);
    for (int number = 0; number < 9_999; number++) {
      assertThat(java.util.Arrays.compareUnsigned(keys.key(number), keys.key(number + 1)))
          .isNegative();
    }
  }

  @Test
  void aValueDependsOnSeedAndNumberAlone() {
    assertThat(keys.value(5)).hasSize(256).isEqualTo(keys.value(5)).isNotEqualTo(keys.value(6));
    assertThat(new Keys("kvorum/load/", 31, 10_000, 256, 8).value(5)).isNotEqualTo(keys.value(5));
  }

  @Test
  void aPutWrittenByHandIsAPut() throws InvalidProtocolBufferException {
    assertThat(PutRequest.parseFrom(proto.put(42, keys.value(1)).body()))
        .isEqualTo(
            PutRequest.newBuilder()
                .setKey(ByteString.copyFrom(keys.key(42)))
                .setValue(ByteString.copyFrom(keys.value(1)))
                .build());
  }

  @Test
  void aGetWrittenByHandIsARange() throws InvalidProtocolBufferException {
    RangeRequest.Builder expected =
        RangeRequest.newBuilder().setKey(ByteString.copyFrom(keys.key(42)));
    assertThat(RangeRequest.parseFrom(proto.get(42, false).body())).isEqualTo(expected.build());
    assertThat(RangeRequest.parseFrom(proto.get(42, true).body()))
        .isEqualTo(expected.setSerializable(true).build());
  }

  @Test
  void bothDialectsSayTheSame() throws InvalidProtocolBufferException {
    PutRequest.Builder put = PutRequest.newBuilder();
    JsonFormat.parser().merge(text(json.put(42, keys.value(1))), put);
    assertThat(put.build()).isEqualTo(PutRequest.parseFrom(proto.put(42, keys.value(1)).body()));
    TxnRequest.Builder txn = TxnRequest.newBuilder();
    JsonFormat.parser().merge(text(json.txn(42, keys.value(1))), txn);
    assertThat(txn.build()).isEqualTo(TxnRequest.parseFrom(proto.txn(42, keys.value(1)).body()));
    RangeRequest.Builder range = RangeRequest.newBuilder();
    JsonFormat.parser().merge(text(json.range(42, 20)), range);
    assertThat(range.build()).isEqualTo(RangeRequest.parseFrom(proto.range(42, 20).body()));
    RangeRequest.Builder get = RangeRequest.newBuilder();
    JsonFormat.parser().merge(text(json.get(42, true)), get);
    assertThat(get.build()).isEqualTo(RangeRequest.parseFrom(proto.get(42, true).body()));
  }

  @Test
  void fillWritesEachKeyOnceAndEnds() throws InvalidProtocolBufferException {
    Requests requests =
        Scenario.fill.requests(
            LoadOptions.parse(java.util.List.of("--scenario", "fill", "--keys", "3")));
    SplittableRandom random = new SplittableRandom(1);
    for (int number = 0; number < 3; number++) {
      Request request = requests.next(random);
      assertThat(request).isNotNull();
      assertThat(PutRequest.parseFrom(request.body()).getKey().toStringUtf8())
          .endsWith("000" + number);
    }
    assertThat(requests.next(random)).isNull();
  }

  @Test
  void aReportIsALineOfJsonWithNumbers() {
    Meter meter = new Meter();
    meter.succeeded(2_000_000);
    meter.failed("why");
    LoadOptions options = LoadOptions.parse(java.util.List.of("--scenario", "put"));
    LoadResult result = LoadResult.of(options, meter, 0.5, 300_000, 7 << 20);
    JsonObject line = JsonParser.parseString(result.json()).getAsJsonObject();
    assertThat(line.get("scenario").getAsString()).isEqualTo("put");
    assertThat(line.get("ops_per_s").getAsDouble()).isEqualTo(2);
    assertThat(line.get("p50_us").getAsDouble()).isBetween(1990.0, 2010.0);
    assertThat(line.get("errors").getAsInt()).isEqualTo(1);
    assertThat(line.get("server_cpu_us_per_op").getAsDouble()).isEqualTo(300);
    assertThat(line.get("server_peak_mib").getAsDouble()).isEqualTo(7);
    assertThat(result.csv().split(",")).hasSameSizeAs(LoadResult.csvHead().split(","));
  }

  private static String text(Request request) {
    return new String(request.body(), StandardCharsets.US_ASCII);
  }
}
