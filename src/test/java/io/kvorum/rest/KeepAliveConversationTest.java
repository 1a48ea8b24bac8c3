package io.kvorum.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.rest.json.MalformedJsonException;
import io.kvorum.service.Header;
import io.kvorum.service.LeaseService.KeepAlive;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class KeepAliveConversationTest {
  private final List<Long> asked = new ArrayList<>();
  private final List<CompletableFuture<KeepAlive>> renewals = new ArrayList<>();
  private long revision = 5;
  private int wakings;

  private final KeepAliveConversation conversation =
      new KeepAliveConversation(
          request -> {
            asked.add(request.getID());
            CompletableFuture<KeepAlive> renewal = new CompletableFuture<>();
            renewals.add(renewal);
            return renewal;
          },
          () -> new Header(1, 2, revision, 3),
          () -> wakings++);

  private void take(String json) {
    conversation.take(json.getBytes(StandardCharsets.UTF_8));
  }

  private String next() {
    byte[] next = conversation.next();
    return next == null ? null : new String(next, StandardCharsets.UTF_8);
  }

  private static String answer(long revision, String rest) {
    return "{\"result\":{\"header\":{\"cluster_id\":\"1\",\"member_id\":\"2\",\"revision\":\""
        + revision
        + "\",\"raft_term\":\"3\"}"
        + rest
        + "}}\n";
  }

  @Test
  void leasesAreRenewedOneAfterTheOther() {
    take("{\"ID\":\"7\"}");
    take("{\"ID\":8}");
    assertThat(asked).containsExactly(7L);
    assertThat(next()).isNull();
    renewals.get(0).complete(new KeepAlive(7, 60));
    assertThat(wakings).isEqualTo(1);
    assertThat(asked).containsExactly(7L, 8L);
    assertThat(next()).isEqualTo(answer(5, ",\"ID\":\"7\",\"TTL\":\"60\""));
    assertThat(next()).isNull();
  }

  @Test
  void itHasAnsweredWhenTheAnswersToAllThatItTookAreTaken() {
    assertThat(conversation.hasAnswered()).isTrue();
    take("{\"ID\":\"7\"}");
    assertThat(conversation.hasAnswered()).isFalse();
    renewals.get(0).complete(new KeepAlive(7, 60));
    assertThat(conversation.hasAnswered()).isFalse();
    assertThat(next()).isNotNull();
    assertThat(conversation.hasAnswered()).isTrue();
  }

  @Test
  void aLeaseThatIsGoneHasNoTimeLeft() {
    take("{\"ID\":7}");
    renewals.get(0).complete(new KeepAlive(7, 0));
    assertThat(next()).isEqualTo(answer(5, ",\"ID\":\"7\""));
  }

  @Test
  void theHeaderIsFromBeforeTheRenewal() {
    take("{\"ID\":7}");
    revision = 9;
    renewals.get(0).complete(new KeepAlive(7, 60));
    assertThat(next()).startsWith(answer(5, "").substring(0, 60));
  }

  @Test
  void itIsOverWhenTheLastRequestIsAnswered() {
    take("{\"ID\":7}");
    conversation.requestsEnded();
    assertThat(conversation.isOver()).isFalse();
    renewals.get(0).complete(new KeepAlive(7, 60));
    assertThat(conversation.isOver()).isFalse();
    assertThat(next()).isNotNull();
    assertThat(conversation.isOver()).isTrue();
    assertThat(conversation.failure()).isNull();
  }

  @Test
  void aRenewalThatFailsEndsItAfterTheAnswersBefore() {
    take("{\"ID\":7}");
    take("{\"ID\":8}");
    take("{\"ID\":9}");
    renewals.get(0).complete(new KeepAlive(7, 60));
    renewals.get(1).completeExceptionally(new RequestException(ErrorCode.NO_LEADER));
    assertThat(asked).containsExactly(7L, 8L);
    assertThat(conversation.isOver()).isFalse();
    assertThat(next()).isNotNull();
    assertThat(conversation.isOver()).isTrue();
    assertThat(conversation.failure())
        .isEqualTo(new GatewayError(503, 14, "etcdserver: no leader"));
  }

  @Test
  void aClientThatAsksWithoutTakingAnswersIsMadeToWait() {
    int asks = 0;
    while (conversation.takesMore()) {
      take("{\"ID\":7}");
      asks++;
      assertThat(asks).isLessThan(1000);
    }
    renewals.get(0).complete(new KeepAlive(7, 60));
    assertThat(conversation.takesMore()).isFalse();
    next();
    assertThat(conversation.takesMore()).isTrue();
  }

  @Test
  void whatIsNotARequestIsRefused() {
    assertThatExceptionOfType(MalformedJsonException.class).isThrownBy(() -> take("{\"ID\":true}"));
  }
}
