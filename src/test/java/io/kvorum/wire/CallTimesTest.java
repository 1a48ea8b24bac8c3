package io.kvorum.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RequestOp;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import io.kvorum.proto.v3lockpb.LockRequest;
import io.kvorum.service.Caller;
import io.kvorum.service.Journal;
import io.kvorum.support.Log;
import io.kvorum.support.RareLog;
import io.kvorum.testing.CapturedLog;
import io.kvorum.testing.MovableClock;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CallTimesTest {
  private static final ByteString SECRET = ByteString.copyFromUtf8("S3CR3T");
  private static final Caller CALLER =
      Caller.of(new InetSocketAddress("127.0.0.1", 4000), false, null, Caller.Face.GRPC);

  private final AtomicLong nanos = new AtomicLong();
  private final CallTimes times =
      new CallTimes(
          Duration.ofMillis(300),
          new RareLog(Log.of(CallTimesTest.class), 10, Runnable::run, nanos::get),
          nanos::get,
          new MovableClock(Instant.parse("2026-11-30T10:15:30Z")));

  private void call(
      Message request, long millis, @Nullable Object result, @Nullable Throwable failure) {
    Journal.Entry entry = times.begin(CALLER, request, Journal.Kind.ANSWER);
    nanos.addAndGet(Duration.ofMillis(millis).toNanos());
    entry.ended(result, failure);
  }

  @Test
  void callsAreMeasuredByKindAndOutcome() {
    call(PutRequest.getDefaultInstance(), 2, new Result.Put(2, null), null);
    call(PutRequest.getDefaultInstance(), 3, null, new RequestException(ErrorCode.NO_SPACE));
    RequestOp range =
        RequestOp.newBuilder().setRequestRange(RangeRequest.getDefaultInstance()).build();
    RequestOp put = RequestOp.newBuilder().setRequestPut(PutRequest.getDefaultInstance()).build();
    Result done = new Result.Txn(2, true, List.of());
    TxnRequest reading = TxnRequest.newBuilder().addSuccess(range).build();
    call(reading, 1, done, null);
    call(
        TxnRequest.newBuilder().addFailure(RequestOp.newBuilder().setRequestTxn(reading)).build(),
        1,
        done,
        null);
    call(TxnRequest.newBuilder().addSuccess(range).addFailure(put).build(), 1, done, null);
    assertThat(times.times()).containsOnlyKeys("Put", "ReadonlyTxn", "Txn");
    assertThat(times.times().get("Put").successes().sumSeconds()).isEqualTo(0.002);
    assertThat(times.times().get("Put").failures().sumSeconds()).isEqualTo(0.003);
    assertThat(times.times().get("ReadonlyTxn").successes().count()).isEqualTo(2);
  }

  @Test
  void whatWaitsForItsTurnAndStreamsAreNotMeasured() {
    assertThat(times.begin(CALLER, LockRequest.getDefaultInstance(), Journal.Kind.ANSWER))
        .isSameAs(Journal.Entry.NONE);
    assertThat(times.begin(CALLER, RangeRequest.getDefaultInstance(), Journal.Kind.STREAM))
        .isSameAs(Journal.Entry.NONE);
  }

  @Test
  void aSlowCallIsLoggedWithoutKeysAndValues() {
    try (CapturedLog log = CapturedLog.of(CallTimesTest.class)) {
      PutRequest put =
          PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("a")).setValue(SECRET).build();
      call(put, 300, new Result.Put(2, null), null);
      assertThat(log.lines()).isEmpty();
      call(put, 1500, new Result.Put(2, null), null);
      assertThat(log.lines())
          .containsExactly(
              "request stats: start time 2026-11-30T10:15:28.500Z, time spent 1500.000ms, remote"
                  + " 127.0.0.1:4000, response type /etcdserverpb.KV/Put, request count 1, request"
                  + " size 11, response count 0, response size 0");
      call(
          RangeRequest.newBuilder().setKey(put.getKey()).build(),
          400,
          new Result.Range(2, List.of(), false, 17),
          null);
      assertThat(log.lines().get(1)).contains("/etcdserverpb.KV/Range", "response count 17");
    }
  }
}
