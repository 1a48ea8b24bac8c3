package io.kvorum.peer;

import static io.kvorum.peer.PeerIdentity.text;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.kvorum.proto.peer.PullRequest;
import io.kvorum.proto.peer.StatePart;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;

/**
 * Sends the whole state to members that ask for it, a few at a time: each takes a worker, holds
 * compaction back, and reads the disk. Thread-safe.
 */
final class SnapshotSender implements ServerCallHandler<PullRequest, StatePart> {
  private static final int MAX_AT_A_TIME = 2;

  private final SnapshotSource source;
  private final Executor workers;
  private final TransferMeter.Direction meter;
  private final Duration stallTimeout;
  private final Semaphore places = new Semaphore(MAX_AT_A_TIME);

  SnapshotSender(
      SnapshotSource source,
      Executor workers,
      TransferMeter.Direction meter,
      Duration stallTimeout) {
    this.source = source;
    this.workers = workers;
    this.meter = meter;
    this.stallTimeout = stallTimeout;
  }

  @Override
  public ServerCall.Listener<PullRequest> startCall(
      ServerCall<PullRequest, StatePart> call, Metadata headers) {
    long receiver;
    try {
      receiver = CallIdentity.in(headers).senderId();
    } catch (RefusedException refusal) {
      call.close(refusal.refusal().status(refusal.reason()), refusal.refusal().trailers());
      return new ServerCall.Listener<>() {};
    }
    StateSending sending = new StateSending(call, text(receiver), stallTimeout);
    call.request(2);
    return new ServerCall.Listener<>() {
      private boolean isStarted;

      @Override
      public void onMessage(PullRequest request) {
        if (request.hasAfter()) {
          sending.goOnAfter(StateRecords.revision(request.getAfter()));
        } else if (request.hasAtLeastIndex() && !isStarted) {
          isStarted = true;
          start(sending, receiver, request.getAtLeastIndex());
        } else {
          sending.end(Status.INVALID_ARGUMENT.withDescription("malformed request for a state"));
        }
      }

      @Override
      public void onReady() {
        sending.wake();
      }

      @Override
      public void onCancel() {
        sending.cancel();
      }
    };
  }

  private void start(StateSending sending, long receiver, long atLeastIndex) {
    if (!places.tryAcquire()) {
      sending.end(
          Status.RESOURCE_EXHAUSTED.withDescription(
              "%d members are being sent the state already".formatted(MAX_AT_A_TIME)));
      return;
    }
    try {
      workers.execute(
          () -> {
            TransferMeter.Attempt counted = meter.with(receiver).begin();
            boolean isDone = false;
            try {
              isDone = sending.run(source, atLeastIndex, counted);
            } finally {
              counted.end(isDone);
              places.release();
            }
          });
    } catch (RejectedExecutionException stopped) {
      places.release();
      sending.end(Status.UNAVAILABLE.withDescription("the member is stopping"));
    }
  }
}
