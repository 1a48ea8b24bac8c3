package io.kvorum.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.grpc.Status;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.v3lockpb.LockRequest;
import io.kvorum.service.Caller;
import io.kvorum.service.Journal;
import io.kvorum.testing.Admitted;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class JsonCallsTest {
  private final List<Boolean> begun = new ArrayList<>();
  private final JsonCalls calls = new JsonCalls(begun::add);

  private Journal.Entry begin(Message request) {
    return calls.begin(Admitted.SOMEBODY, request, Journal.Kind.ANSWER);
  }

  @Test
  void callsCountForTheirMethodsWithTheCodesOfTheirAnswers() {
    begin(PutRequest.getDefaultInstance()).ended("done", null);
    begin(PutRequest.getDefaultInstance())
        .ended(null, new CompletionException(new RequestException(ErrorCode.EMPTY_KEY)));
    begin(PutRequest.getDefaultInstance());
    MethodCounters puts = calls.counters("etcdserverpb.KV/Put");
    assertThat(puts.started()).isEqualTo(3);
    assertThat(puts.messagesReceived()).isEqualTo(3);
    assertThat(puts.messagesSent()).isEqualTo(1);
    assertThat(puts.handledByCode())
        .isEqualTo(Map.of(Status.Code.OK, 1L, Status.Code.INVALID_ARGUMENT, 1L));
    assertThat(begun).containsExactly(true, true, true);
  }

  @Test
  void failuresOfLocksAreUnknownAsTheirAnswersAre() {
    begin(LockRequest.getDefaultInstance())
        .ended(null, new RequestException(ErrorCode.LEASE_NOT_FOUND));
    assertThat(calls.counters("v3lockpb.Lock/Lock").handledByCode())
        .isEqualTo(Map.of(Status.Code.UNKNOWN, 1L));
  }

  @Test
  void callsOfGrpcAndStreamsAreCountedElsewhere() {
    Caller grpc = Caller.of(new InetSocketAddress("127.0.0.1", 1), false, null, Caller.Face.GRPC);
    RangeRequest range = RangeRequest.getDefaultInstance();
    assertThat(calls.begin(grpc, range, Journal.Kind.ANSWER)).isSameAs(Journal.Entry.NONE);
    assertThat(calls.begin(Admitted.SOMEBODY, range, Journal.Kind.STREAM))
        .isSameAs(Journal.Entry.NONE);
    assertThat(begun).isEmpty();
  }

  @Test
  void aStreamCountsEachMessageAndOneEnd() {
    JsonCalls.Stream watch = calls.begin("etcdserverpb.Watch/Watch");
    watch.received();
    watch.sent();
    watch.sent();
    watch.ended(Status.Code.CANCELLED);
    watch.ended(Status.Code.OK);
    MethodCounters watches = calls.counters("etcdserverpb.Watch/Watch");
    assertThat(watches.started()).isEqualTo(1);
    assertThat(watches.messagesReceived()).isEqualTo(1);
    assertThat(watches.messagesSent()).isEqualTo(2);
    assertThat(watches.handledByCode()).isEqualTo(Map.of(Status.Code.CANCELLED, 1L));
    assertThat(begun).containsExactly(false);
  }
}
