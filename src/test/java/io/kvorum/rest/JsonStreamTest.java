package io.kvorum.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.kvorum.support.MemoryBudget;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JsonStreamTest {
  private final HttpExchange http = new HttpExchange();
  private final ScriptedConversation conversation = new ScriptedConversation();
  private final AtomicInteger closings = new AtomicInteger();
  private final MemoryBudget unfinished = new MemoryBudget(4 << 20, 2 << 20, nobodyWaits -> {});
  private boolean isStopping;
  private long nanos;
  private Runnable wake;
  private JsonStream stream;

  @BeforeEach
  void start() throws IOException {
    stream =
        JsonStream.start(
            http.request(),
            http.direct(),
            new JsonStream.StreamContext(
                this::execute, 100_000, Duration.ZERO, unfinished, () -> nanos),
            toWake -> {
              wake = toWake;
              return conversation;
            },
            closed -> closings.incrementAndGet());
  }

  private void execute(Runnable turn) {
    if (isStopping) {
      throw new RejectedExecutionException("stopping");
    }
    http.executor.add(turn);
  }

  private void say(String... elements) {
    for (String element : elements) {
      conversation.toSay.add(element);
    }
    wake.run();
    http.run();
  }

  @Test
  void requestsAreTakenAsTheyArriveAndAnsweredWhileTheBodyIsStillOpen() {
    http.send("{\"ID\":1}{\"ID\"");
    assertThat(conversation.taken).containsExactly(1L);
    say("one");
    assertThat(http.received()).isEqualTo("one\n");
    http.send(":2}\n");
    say("two", "three");
    assertThat(conversation.taken).containsExactly(1L, 2L);
    assertThat(http.received()).isEqualTo("one\ntwo\nthree\n");
    assertThat(http.isComplete()).isFalse();
  }

  @Test
  void theStreamStaysOpenForAnswersAfterTheBodyHasEnded() {
    http.send("{\"ID\":1}");
    http.sendEnd();
    assertThat(conversation.hasEnded).isTrue();
    say("late");
    assertThat(http.received()).isEqualTo("late\n");
    assertThat(http.isComplete()).isFalse();
  }

  @Test
  void aStreamThatCannotContinueSinceTheMemberStopsIsClosed() {
    http.send("{\"ID\":1}");
    conversation.toSay.add("one");
    wake.run();
    // Breaking it off while a turn is due asks for another one.
    stream.breakOff(new IOException("the member is stopping"));
    isStopping = true;
    http.run();
    assertThat(conversation.isClosed).isTrue();
    assertThat(http.isComplete()).isTrue();
    assertThat(closings).hasValue(1);
  }

  @Test
  void aStreamThatIsWokenAfterTheMemberHasStoppedIsClosed() {
    http.send("{\"ID\":1}");
    isStopping = true;
    wake.run();
    assertThat(conversation.isClosed).isTrue();
    assertThat(http.isComplete()).isTrue();
  }

  @Test
  void nothingIsSentBeforeTheFirstAnswer() {
    http.send("{\"ID\":1}");
    assertThat(http.isCommitted()).isFalse();
    say("x");
    assertThat(http.isCommitted()).isTrue();
    assertThat(http.status()).isEqualTo(200);
  }

  @Test
  void theStreamEndsWhenTheConversationIsOverAndEverythingIsSent() {
    http.send("{\"ID\":1}");
    http.sendEnd();
    conversation.isOver = true;
    say("one", "two");
    assertThat(http.received()).isEqualTo("one\ntwo\n");
    assertThat(http.isComplete()).isTrue();
    assertThat(conversation.isClosed).isTrue();
    assertThat(closings).hasValue(1);
  }

  @Test
  void whatAClientDoesNotTakeStaysWithTheConversation() {
    String large = "x".repeat(10_000);
    http.send("{\"ID\":1}");
    http.clientTakes(2);
    say("a" + large, "b" + large, "c" + large, "d" + large, "e" + large);
    // Two are written and one is in hand.
    assertThat(conversation.toSay).containsExactly("d" + large, "e" + large);
    http.clientTakes(1);
    assertThat(conversation.toSay).containsExactly("e" + large);
    http.clientTakes(Integer.MAX_VALUE);
    assertThat(conversation.toSay).isEmpty();
    assertThat(http.received().replace(large, "")).isEqualTo("a\nb\nc\nd\ne\n");
  }

  @Test
  void eachElementIsOneWrite() {
    http.send("{\"ID\":1}");
    http.clientTakes(1);
    say("a", "b", "c");
    assertThat(http.received()).isEqualTo("a\n");
    http.clientTakes(1);
    assertThat(http.received()).isEqualTo("a\nb\n");
  }

  @Test
  void requestsOfAClientThatDoesNotTakeAnswersWait() {
    http.send("{\"ID\":1}");
    say("a");
    http.clientTakes(0);
    say("b");
    http.send("{\"ID\":2}{\"ID\":3}");
    assertThat(conversation.taken).containsExactly(1L);
    http.clientTakes(Integer.MAX_VALUE);
    assertThat(conversation.taken).containsExactly(1L, 2L, 3L);
    assertThat(http.received()).isEqualTo("a\nb\n");
  }

  @Test
  void aConversationThatHasEnoughIsGivenNoMoreUntilItSpeaks() {
    http.send("{\"ID\":1}");
    conversation.takesMore = false;
    http.send("{\"ID\":2}{\"ID\":3}");
    assertThat(conversation.taken).containsExactly(1L);
    conversation.takesMore = true;
    say("one");
    assertThat(conversation.taken).containsExactly(1L, 2L, 3L);
  }

  @Test
  void aClientThatSendsForEverAndDoesNotTakeAnswersIsSentAway() {
    http.send("{\"ID\":1}");
    say("a");
    http.clientTakes(0);
    say("b");
    String requests = "{\"ID\":2}".repeat(4096 / 8);
    for (int i = 0; i < 256; i++) {
      http.send(requests);
    }
    assertThat(http.isComplete()).isFalse();
    http.send(requests);
    assertThat(http.isComplete()).isTrue();
    assertThat(conversation.isClosed).isTrue();
    assertThat(conversation.taken).containsExactly(1L);
  }

  @Test
  void aMessageThatIsNotWholeTakesOfABudgetUntilItIsTaken() {
    http.send("{\"ID\":1}{\"ID\":2,\"x\":\"" + "x".repeat(30_000));
    assertThat(unfinished.usedBytes()).isBetween(14_000L, 50_000L);
    http.send("\"}");
    assertThat(conversation.taken).containsExactly(1L, 2L);
    assertThat(unfinished.usedBytes()).isZero();
  }

  @Test
  void aMessageForWhichThereIsNoRoomEndsTheRequestsAndLeavesNothing() {
    http.send("{\"ID\":1}{\"ID\":2,\"x\":\"" + "x".repeat(20_000));
    MemoryBudget.Hold others = unfinished.newAccount().open();
    MemoryBudget.Hold more = unfinished.newAccount().open();
    assertThat(others.tryTake(2 << 20)).isTrue();
    assertThat(more.tryTake(1_500 << 10)).isTrue();
    say("one");
    http.send("x".repeat(60_000));
    assertThat(http.received()).startsWith("one\n").contains("too many requests");
    assertThat(unfinished.usedBytes()).isEqualTo(others.bytes() + more.bytes());
    say("two");
    assertThat(http.received()).endsWith("two\n");
    assertThat(http.isComplete()).isFalse();
  }

  @Test
  void whatAClientSendsThatDoesNotTakeAnswersTakesOfTheBudgetToo() {
    conversation.takesMore = false;
    http.send("x".repeat(30_000));
    assertThat(unfinished.usedBytes()).isGreaterThan(10_000);
    wake.run();
    stream.breakOff(new IOException("gone"));
    http.run();
    assertThat(unfinished.usedBytes()).isZero();
  }

  @Test
  void theEndOfTheBodyGivesBackWhatItTook() {
    http.arrive("{\"ID\":1,\"x\":\"" + "x".repeat(90_000));
    http.executor.remove().run();
    assertThat(unfinished.usedBytes()).isPositive();
    http.arrive("\"}");
    http.sendEnd();
    assertThat(conversation.taken).containsExactly(1L);
    assertThat(unfinished.usedBytes()).isZero();
  }

  @Test
  void aMessageThatWaitsForItsTurnIsNotLate() {
    http.send("{\"ID\":1}{\"ID\":2");
    conversation.takesMore = false;
    http.send("}");
    nanos = TimeUnit.SECONDS.toNanos(100);
    stream.lookAtRequest();
    http.run();
    conversation.takesMore = true;
    say("one");
    assertThat(conversation.taken).containsExactly(1L, 2L);
    assertThat(http.received()).isEqualTo("one\n");
  }

  @Test
  void aMessageHasAMinuteToArrive() {
    http.send("{\"ID\":1}{\"ID\":2");
    nanos = TimeUnit.SECONDS.toNanos(60);
    stream.lookAtRequest();
    http.send(",\"x\":1");
    say("one");
    assertThat(http.received()).isEqualTo("one\n");
    nanos++;
    stream.lookAtRequest();
    say("two");
    assertThat(http.received())
        .startsWith("one\ntwo\n")
        .contains("the request has not arrived within 60 seconds");
    http.send("}");
    assertThat(conversation.taken).containsExactly(1L);
  }

  @Test
  void aStreamWithoutAnUnfinishedMessageMayBeSilent() {
    http.send("{\"ID\":1}");
    nanos = TimeUnit.HOURS.toNanos(1);
    stream.lookAtRequest();
    http.run();
    http.send("{\"ID\":2}");
    nanos *= 2;
    stream.lookAtRequest();
    say("one");
    assertThat(conversation.taken).containsExactly(1L, 2L);
    assertThat(http.received()).isEqualTo("one\n");
  }

  @Test
  void aClientThatNeverStopsAskingLeavesTheThreadToOthersNowAndThen() {
    http.arrive("{\"ID\":1}".repeat(1000));
    http.executor.remove().run();
    assertThat(conversation.taken).hasSizeLessThan(100);
    http.run();
    assertThat(conversation.taken).hasSize(1000);
  }

  @Test
  void whatComesAfterSomethingThatIsNotJsonIsReadAndDropped() {
    http.send("{\"ID\":1}");
    say("one");
    http.send("{\"ID\":{}}");
    for (int i = 0; i < 500; i++) {
      http.send("x".repeat(4096));
    }
    say("two");
    assertThat(http.received()).endsWith("two\n");
    assertThat(http.isComplete()).isFalse();
  }

  @Test
  void aFirstRequestThatIsNotJsonIsRefusedWithAStatus() {
    http.send("hello");
    assertThat(http.status()).isEqualTo(400);
    assertThat(http.received())
        .isEqualTo(
            "{\"error\":{\"code\":3,\"message\":\"Failed to decode request: invalid character 'h'"
                + " looking for beginning of value\"}}\n");
    assertThat(http.isComplete()).isTrue();
    assertThat(conversation.isClosed).isTrue();
    assertThat(conversation.hasEnded).as("as after an empty body").isFalse();
  }

  @Test
  void aBodyThatEndsInsideAnObjectIsRefused() {
    http.send("{\"ID\":");
    http.sendEnd();
    assertThat(http.status()).isEqualTo(400);
    assertThat(http.received()).contains("unexpected EOF");
  }

  @Test
  void aLaterRequestThatIsNotJsonIsReportedInTheStreamWhichContinues() {
    http.send("{\"ID\":1}");
    say("one");
    http.send("{\"ID\":{}}");
    assertThat(http.status()).isEqualTo(200);
    assertThat(http.received())
        .isEqualTo(
            "one\n{\"error\":{\"code\":3,\"message\":\"Failed to decode request: proto: (line"
                + " 1:7): invalid value for int64 field ID: {\"}}\n");
    assertThat(conversation.hasEnded).isTrue();
    http.send("{\"ID\":4}");
    assertThat(conversation.taken).containsExactly(1L);
    say("two");
    assertThat(http.received()).endsWith("}}\ntwo\n");
    assertThat(http.isComplete()).isFalse();
  }

  @Test
  void anErrorComesAfterTheAnswersToWhatCameBeforeIt() {
    conversation.hasAnswered = false;
    http.send("{\"ID\":1}{\"ID\":{}}");
    assertThat(http.received()).isEmpty();
    conversation.hasAnswered = true;
    conversation.isOver = true;
    say("one");
    assertThat(http.status()).isEqualTo(200);
    assertThat(http.received()).startsWith("one\n{\"error\":{\"code\":3,").endsWith("}}\n");
    assertThat(http.isComplete()).isTrue();
  }

  @Test
  void aConversationThatFailsBeforeTheErrorEndsTheStreamWithItsOwn() {
    conversation.hasAnswered = false;
    http.send("{\"ID\":1}{\"ID\":{}}");
    conversation.hasAnswered = true;
    conversation.isOver = true;
    conversation.failure = GatewayError.of(Status.UNAVAILABLE.withDescription("no leader"));
    say();
    assertThat(http.received()).isEqualTo("{\"error\":{\"code\":14,\"message\":\"no leader\"}}\n");
    assertThat(http.isComplete()).isTrue();
  }

  @Test
  void aConversationThatFailsBeforeItsFirstAnswerSetsTheHttpStatus() {
    http.send("{\"ID\":1}");
    conversation.isOver = true;
    conversation.failure =
        GatewayError.of(Status.UNAVAILABLE.withDescription("etcdserver: no leader"));
    say();
    assertThat(http.status()).isEqualTo(503);
    assertThat(http.received())
        .isEqualTo("{\"error\":{\"code\":14,\"message\":\"etcdserver: no leader\"}}\n");
    assertThat(http.isComplete()).isTrue();
  }

  @Test
  void aConversationThatFailsLaterReportsItInTheStreamAndEndsIt() {
    http.send("{\"ID\":1}");
    say("one");
    conversation.isOver = true;
    conversation.failure =
        GatewayError.of(Status.UNAVAILABLE.withDescription("etcdserver: no leader"));
    say();
    assertThat(http.status()).isEqualTo(200);
    assertThat(http.received())
        .isEqualTo("one\n{\"error\":{\"code\":14,\"message\":\"etcdserver: no leader\"}}\n");
    assertThat(http.isComplete()).isTrue();
  }

  @Test
  void aBrokenConnectionEndsTheConversation() {
    http.send("{\"ID\":1}");
    say("one");
    http.breakConnection();
    assertThat(conversation.isClosed).isTrue();
    assertThat(closings).hasValue(1);
    say("two");
    assertThat(http.received()).isEqualTo("one\n");
  }

  @Test
  void aClientThatIsKnownToHaveGoneIsDroppedWithoutAWrite() {
    http.send("{\"ID\":1}");
    stream.breakOff(new IOException("gone"));
    http.run();
    assertThat(conversation.isClosed).isTrue();
    assertThat(stream.isClosed()).isTrue();
    assertThat(http.isCommitted()).isFalse();
  }

  @Test
  void aHeartbeatIsAnEmptyLineAndComesOnlyWhenThereIsNothingElse() {
    http.send("{\"ID\":1}");
    say("one");
    stream.heartbeat();
    http.run();
    assertThat(http.received()).isEqualTo("one\n\n");
  }

  @Test
  void aConversationThatNeverStopsSpeakingLeavesTheThreadToOthersNowAndThen() {
    http.send("{\"ID\":1}");
    say("first");
    for (int i = 0; i < 200; i++) {
      conversation.toSay.add("x".repeat(9_999));
    }
    wake.run();
    Runnable turn = http.executor.remove();
    turn.run();
    assertThat(conversation.toSay).isNotEmpty();
    http.run();
    assertThat(http.received()).hasSize(6 + 200 * 10_000);
  }
}
