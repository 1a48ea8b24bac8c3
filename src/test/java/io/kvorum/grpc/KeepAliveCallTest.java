package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.proto.etcdserverpb.LeaseGrpc;
import io.kvorum.proto.etcdserverpb.LeaseKeepAliveRequest;
import io.kvorum.proto.etcdserverpb.LeaseKeepAliveResponse;
import io.kvorum.service.Header;
import io.kvorum.service.LeaseService.KeepAlive;
import io.kvorum.testing.Admitted;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class KeepAliveCallTest {
  private final AtomicLong revision = new AtomicLong(10);
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger mostRunning = new AtomicInteger();
  private PortHarness harness;

  @BeforeEach
  void start() throws IOException {
    StreamRegistry streams = new StreamRegistry(() -> true);
    harness =
        new PortHarness(
            streams,
            List.of(
                ServerServiceDefinition.builder(LeaseGrpc.SERVICE_NAME)
                    .addMethod(
                        LeaseGrpc.getLeaseKeepAliveMethod(),
                        (call, headers) ->
                            KeepAliveCall.start(
                                call,
                                headers,
                                new KeepAliveCall.Context(
                                    Admitted.to(this::renew),
                                    () -> new Header(1, 2, revision.get(), 3),
                                    streams)))
                    .build()),
            null);
  }

  @AfterEach
  void stop() {
    harness.close();
  }

  /** Odd leases are renewed later, lease 0 is gone, lease -1 cannot be renewed now. */
  private CompletableFuture<KeepAlive> renew(long id) {
    revision.incrementAndGet();
    if (id == -1) {
      throw new RequestException(ErrorCode.NO_LEADER);
    }
    KeepAlive renewed = new KeepAlive(id, id == 0 ? 0 : 60);
    if (id % 2 == 0) {
      return CompletableFuture.completedFuture(renewed);
    }
    mostRunning.accumulateAndGet(running.incrementAndGet(), Math::max);
    return CompletableFuture.supplyAsync(
        () -> {
          running.decrementAndGet();
          return renewed;
        });
  }

  private static final class Answers implements StreamObserver<LeaseKeepAliveResponse> {
    final BlockingQueue<LeaseKeepAliveResponse> answers = new LinkedBlockingQueue<>();
    final CompletableFuture<Status> end = new CompletableFuture<>();

    @Override
    public void onNext(LeaseKeepAliveResponse answer) {
      answers.add(answer);
    }

    @Override
    public void onError(Throwable failure) {
      end.complete(Status.fromThrowable(failure));
    }

    @Override
    public void onCompleted() {
      end.complete(Status.OK);
    }
  }

  private static LeaseKeepAliveRequest request(long id) {
    return LeaseKeepAliveRequest.newBuilder().setID(id).build();
  }

  @Test
  void everyRequestIsAnsweredInOrderOneAtATimeAndThenTheStreamEnds() throws Exception {
    Answers client = new Answers();
    StreamObserver<LeaseKeepAliveRequest> requests =
        LeaseGrpc.newStub(harness.channel()).leaseKeepAlive(client);
    for (int id = 0; id < 200; id++) {
      requests.onNext(request(id));
    }
    requests.onCompleted();
    assertThat(client.end.get(30, TimeUnit.SECONDS)).isEqualTo(Status.OK);
    assertThat(client.answers).hasSize(200);
    long expected = 0;
    for (LeaseKeepAliveResponse answer : client.answers) {
      assertThat(answer.getID()).isEqualTo(expected);
      assertThat(answer.getTTL()).isEqualTo(expected == 0 ? 0 : 60);
      assertThat(answer.getHeader().getRevision()).isEqualTo(10 + expected);
      expected++;
    }
    assertThat(mostRunning).hasValue(1);
  }

  @Test
  void aQuietStreamIsNotTakenForAClientThatDoesNotRead() throws Exception {
    Answers client = new Answers();
    StreamObserver<LeaseKeepAliveRequest> requests =
        LeaseGrpc.newStub(harness.channel()).leaseKeepAlive(client);
    for (int round = 0; round < 2; round++) {
      requests.onNext(request(2));
      assertThat(client.answers.poll(30, TimeUnit.SECONDS)).isNotNull();
      for (int check = 0; check < 20; check++) {
        harness.port.closeStalled();
      }
    }
    requests.onCompleted();
    assertThat(client.end.get(30, TimeUnit.SECONDS)).isEqualTo(Status.OK);
  }

  @Test
  void aFailureEndsTheStreamWithItsStatus() throws Exception {
    Answers client = new Answers();
    StreamObserver<LeaseKeepAliveRequest> requests =
        LeaseGrpc.newStub(harness.channel()).leaseKeepAlive(client);
    requests.onNext(request(-1));
    Status end = client.end.get(30, TimeUnit.SECONDS);
    assertThat(end.getDescription()).isEqualTo("etcdserver: no leader");
  }
}
