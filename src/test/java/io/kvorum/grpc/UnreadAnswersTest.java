package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RangeResponse;
import io.kvorum.proto.mvccpb.KeyValue;
import io.kvorum.support.MemoryBudget;
import io.kvorum.support.MemoryBudget.Hold;
import io.kvorum.testing.Admitted;
import io.kvorum.testing.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Answers of a gRPC client that does not read them take its share of the memory, and no more. */
@Timeout(60)
final class UnreadAnswersTest {
  private static final int MIB = 1 << 20;
  private static final Duration PATIENCE = Duration.ofMillis(300);
  private static final int LATE = MIB - 1;

  private final MemoryBudget budget =
      new MemoryBudget(
          16 * MIB,
          4 * MIB,
          CompletableFuture.delayedExecutor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
  private final List<ClientCall<?, ?>> unread = new ArrayList<>();

  /** Results that are not read yet, of calls that ask for {@link #LATE} keys. */
  private final List<CompletableFuture<Integer>> late = new CopyOnWriteArrayList<>();

  private PortHarness harness;

  @BeforeEach
  void start() throws IOException {
    CallGuard guard = new CallGuard(() -> true, Admitted.ALL, new ClientVersions());
    harness =
        new PortHarness(
            budget,
            List.of(
                ServerServiceDefinition.builder(KVGrpc.SERVICE_NAME)
                    .addMethod(
                        KVGrpc.getRangeMethod(),
                        new UnaryHandler<UnreadAnswersTest, RangeRequest, Integer, RangeResponse>(
                            guard,
                            Admitted.to(this),
                            UnreadAnswersTest::read,
                            (request, bytes) -> answer(bytes)))
                    .build()));
  }

  @AfterEach
  void stop() {
    harness.close();
  }

  private CompletableFuture<Integer> read(RangeRequest request, Hold hold) {
    int bytes = (int) request.getLimit();
    if (bytes != LATE) {
      return CompletableFuture.completedFuture(bytes);
    }
    assertThat(hold.tryTake(bytes)).isTrue();
    CompletableFuture<Integer> result = new CompletableFuture<>();
    late.add(result);
    return result;
  }

  private static RangeResponse answer(int bytes) {
    return RangeResponse.newBuilder()
        .addKvs(KeyValue.newBuilder().setValue(ByteString.copyFrom(new byte[bytes])))
        .build();
  }

  private static RangeRequest of(int bytes) {
    return RangeRequest.newBuilder().setLimit(bytes).build();
  }

  private static int sizeOf(RangeResponse response) {
    return response.getKvs(0).getValue().size();
  }

  /** Asks, and never reads. */
  private CompletableFuture<Status> ask(ManagedChannel channel, int bytes) {
    CompletableFuture<Status> ended = new CompletableFuture<>();
    ClientCall<RangeRequest, RangeResponse> call =
        channel.newCall(KVGrpc.getRangeMethod(), CallOptions.DEFAULT);
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onClose(Status status, Metadata trailers) {
            ended.complete(status);
          }
        },
        new Metadata());
    call.sendMessage(of(bytes));
    call.halfClose();
    unread.add(call);
    return ended;
  }

  @Test
  void anAnswerIsHeldUntilItHasBeenWritten() {
    KVGrpc.KVBlockingStub kv = KVGrpc.newBlockingStub(harness.channel());
    for (int bytes : new int[] {0, 10, 5_000, 100_000, 3 * MIB, 0}) {
      assertThat(sizeOf(kv.range(of(bytes)))).isEqualTo(bytes);
    }
    Await.until("nothing is held", Duration.ofSeconds(10), () -> budget.usedBytes() == 0);
  }

  @Test
  void aClientThatReadsNothingUsesUpItsShareAlone() {
    ManagedChannel greedy = harness.channel();
    for (int i = 0; i < 3; i++) {
      CompletableFuture<Status> unused = ask(greedy, MIB);
    }
    Await.until(
        "its answers are there", Duration.ofSeconds(10), () -> budget.usedBytes() > 3 * MIB);
    List<CompletableFuture<Status>> beyond = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      beyond.add(ask(greedy, MIB));
    }
    for (CompletableFuture<Status> refused : beyond) {
      assertThat(refused.join())
          .extracting(Status::getCode, Status::getDescription)
          .containsExactly(Status.Code.RESOURCE_EXHAUSTED, "etcdserver: too many requests");
    }
    assertThat(budget.usedBytes()).isLessThan(4 * MIB);

    KVGrpc.KVBlockingStub other = KVGrpc.newBlockingStub(harness.channel());
    assertThat(sizeOf(other.range(of(3 * MIB)))).isEqualTo(3 * MIB);

    unread.forEach(call -> call.cancel("enough", null));
    Await.until("nothing is held", Duration.ofSeconds(10), () -> budget.usedBytes() == 0);
  }

  @Test
  void theEndOfAConnectionFreesWhatItHeld() {
    ManagedChannel greedy = harness.channel();
    for (int i = 0; i < 3; i++) {
      CompletableFuture<Status> unused = ask(greedy, MIB);
    }
    Await.until(
        "its answers are there", Duration.ofSeconds(10), () -> budget.usedBytes() > 3 * MIB);
    greedy.shutdownNow();
    Await.until("nothing is held", Duration.ofSeconds(10), () -> budget.usedBytes() == 0);
  }

  @Test
  void aCallThatIsCancelledHoldsWhatItHasTakenUntilItsResultHasComeBack() {
    ManagedChannel client = harness.channel();
    CompletableFuture<Status> cancelled = ask(client, LATE);
    CompletableFuture<Status> disconnected = ask(client, LATE);
    Await.until("both are being read", Duration.ofSeconds(10), () -> late.size() == 2);
    unread.get(0).cancel("enough", null);
    cancelled.join();
    client.shutdownNow();
    disconnected.join();
    KVGrpc.KVBlockingStub other = KVGrpc.newBlockingStub(harness.channel());
    assertThat(sizeOf(other.range(of(10)))).isEqualTo(10);
    assertThat(budget.usedBytes()).as("both are still being read").isEqualTo(2L * LATE);
    late.get(0).complete(LATE);
    late.get(1).completeExceptionally(new IllegalStateException("as of a test"));
    Await.until("nothing is held", Duration.ofSeconds(10), () -> budget.usedBytes() == 0);
  }

  @Test
  void anAnswerThatIsLargerThanAShareIsRefused() {
    KVGrpc.KVBlockingStub kv = KVGrpc.newBlockingStub(harness.channel());
    assertThatThrownBy(() -> kv.range(of(4 * MIB)))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageContaining("RESOURCE_EXHAUSTED: etcdserver: the answer is larger than");
    assertThat(sizeOf(kv.range(of(10)))).isEqualTo(10);
  }

  @Test
  void smallCallsAreServedWhileOthersHaveTakenEverything() throws Exception {
    List<CompletableFuture<Status>> large = new ArrayList<>();
    for (int client = 0; client < 8; client++) {
      ManagedChannel greedy = harness.channel();
      for (int i = 0; i < 4; i++) {
        large.add(ask(greedy, MIB));
      }
    }
    Await.until(
        "some are refused",
        Duration.ofSeconds(20),
        () -> large.stream().anyMatch(CompletableFuture::isDone));
    KVGrpc.KVBlockingStub other = KVGrpc.newBlockingStub(harness.channel());
    for (int i = 0; i < 100; i++) {
      assertThat(sizeOf(other.range(of(i)))).isEqualTo(i);
    }
  }
}
