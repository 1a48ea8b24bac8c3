package io.kvorum.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.rest.json.MalformedJsonException;
import io.kvorum.service.Header;
import io.kvorum.service.ServicesUnderTest;
import io.kvorum.wire.ElectionWire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ObserveConversationTest {
  private final ServicesUnderTest member =
      new ServicesUnderTest(ServicesUnderTest.DEFAULT_RULES, ServicesUnderTest.voter(1));
  private int wakings;

  private final ObserveConversation conversation =
      new ObserveConversation(
          request -> member.election().observe(ElectionWire.name(request), () -> wakings++),
          leader -> ElectionWire.response(new Header(1, 2, leader.revision(), 3), leader));

  @AfterEach
  void close() throws IOException {
    conversation.close();
    member.close();
  }

  private void take(String json) {
    conversation.take(json.getBytes(StandardCharsets.UTF_8));
  }

  private String next() {
    byte[] next = conversation.next();
    return next == null ? null : new String(next, StandardCharsets.UTF_8);
  }

  private void put(String key, String value) {
    member.kv().put(Command.Put.of(Bytes.utf8(key), Bytes.utf8(value))).join();
  }

  @Test
  void oneRequestIsTakenAndTheLeaderIsAnElement() {
    put("e/1", "v");
    assertThat(conversation.takesMore()).isTrue();
    take("{\"name\":\"ZQ==\"}");
    assertThat(conversation.takesMore()).isFalse();
    assertThat(next())
        .isEqualTo(
            "{\"result\":{\"header\":{\"cluster_id\":\"1\",\"member_id\":\"2\",\"revision\":\"2\","
                + "\"raft_term\":\"3\"},\"kv\":{\"key\":\"ZS8x\",\"create_revision\":\"2\","
                + "\"mod_revision\":\"2\",\"version\":\"1\",\"value\":\"dg==\"}}}\n");
    conversation.requestsEnded();
    assertThat(next()).isNull();
    assertThat(conversation.isOver()).isFalse();
  }

  @Test
  void anEmptyBodyObservesTheElectionWithoutAName() {
    put("/1", "v");
    assertThat(next()).isNull();
    conversation.requestsEnded();
    assertThat(next()).contains("\"key\":\"LzE=\"");
  }

  @Test
  void theStreamIsWokenByTheFirstLeader() {
    take("{\"name\":\"ZQ==\"}");
    assertThat(next()).isNull();
    put("e/1", "v");
    member.stepHub();
    assertThat(wakings).isPositive();
    assertThat(next()).contains("\"value\":\"dg==\"");
  }

  @Test
  void aMalformedRequestObservesNothing() {
    assertThatExceptionOfType(MalformedJsonException.class).isThrownBy(() -> take("{\"name\":1}"));
  }

  @Test
  void aClosedConversationIsOver() {
    take("{\"name\":\"ZQ==\"}");
    conversation.close();
    assertThat(next()).isNull();
    assertThat(conversation.isOver()).isTrue();
    assertThat(conversation.failure()).isNull();
  }
}
