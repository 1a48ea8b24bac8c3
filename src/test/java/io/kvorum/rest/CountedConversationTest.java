package io.kvorum.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.proto.v3electionpb.LeaderRequest;
import io.kvorum.rest.json.MalformedJsonException;
import io.kvorum.wire.JsonCalls;
import io.kvorum.wire.MethodCounters;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CountedConversationTest {
  private static final String METHOD = "etcdserverpb.Lease/LeaseKeepAlive";

  private final JsonCalls calls = new JsonCalls(isUnary -> {});
  private final MethodCounters counters = calls.counters(METHOD);
  private final ScriptedConversation script = new ScriptedConversation();
  private final CountedConversation counted = new CountedConversation(script, calls.begin(METHOD));

  private static byte[] json(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void assertThatItEndedWith(Status.Code code) {
    assertThat(script.isClosed).isTrue();
    assertThat(counters.handledByCode()).isEqualTo(Map.of(code, 1L));
  }

  @Test
  void messagesOfBothSidesCountAndOneThatCannotBeReadDoesNot() {
    script.toSay.add("one");
    counted.take(json("{\"ID\":1}"));
    counted.take(json("{\"ID\":2}"));
    assertThatThrownBy(() -> counted.take(json("{bad"))).isInstanceOf(MalformedJsonException.class);
    assertThat(counted.next()).isEqualTo(json("one\n"));
    assertThat(counted.next()).isNull();
    assertThat(script.taken).containsExactly(1L, 2L);
    assertThat(counters.messagesReceived()).isEqualTo(2);
    assertThat(counters.messagesSent()).isEqualTo(1);
  }

  @Test
  void aStreamThatIsOverIsOkAndOneThatIsLeftIsCancelled() {
    counted.close();
    assertThatItEndedWith(Status.Code.CANCELLED);
    script.isOver = true;
    CountedConversation over = new CountedConversation(script, calls.begin(METHOD));
    over.close();
    over.close();
    assertThat(counters.handledByCode())
        .isEqualTo(Map.of(Status.Code.CANCELLED, 1L, Status.Code.OK, 1L));
  }

  @Test
  void aStreamThatFailsHasTheCodeOfItsError() {
    script.failure = GatewayError.of(new RequestException(ErrorCode.NO_LEADER));
    script.isOver = true;
    counted.close();
    assertThatItEndedWith(Status.Code.UNAVAILABLE);
  }

  @Test
  void aRequestThatIsRefusedCountsAndIsTheEnd() {
    Conversation refusing =
        new OneRequestConversation<LeaderRequest, Object>(
            LeaderRequest.getDefaultInstance(),
            request -> {
              throw new RequestException(ErrorCode.NOT_SUPPORTED_FOR_LEARNER);
            }) {
          @Override
          void close(Object opened) {}

          @Override
          public byte[] next() {
            return null;
          }

          @Override
          public boolean isOver() {
            return false;
          }

          @Override
          public GatewayError failure() {
            return null;
          }
        };
    for (boolean isEmpty : new boolean[] {false, true}) {
      CountedConversation refused = new CountedConversation(refusing, calls.begin(METHOD));
      assertThatThrownBy(
              () -> {
                if (isEmpty) {
                  refused.requestsEnded();
                } else {
                  refused.take(json("{}"));
                }
              })
          .isInstanceOf(RequestException.class);
      refused.close();
    }
    assertThat(counters.messagesReceived()).isEqualTo(1);
    assertThat(counters.handledByCode()).isEqualTo(Map.of(Status.Code.FAILED_PRECONDITION, 2L));
  }
}
