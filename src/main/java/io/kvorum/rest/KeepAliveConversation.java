package io.kvorum.rest;

import io.kvorum.proto.etcdserverpb.LeaseKeepAliveRequest;
import io.kvorum.rest.json.JsonBuffer;
import io.kvorum.rest.json.JsonToMessage;
import io.kvorum.rest.json.MessageToJson;
import io.kvorum.service.Header;
import io.kvorum.service.LeaseService;
import io.kvorum.support.Futures;
import io.kvorum.wire.LeaseWire;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers keep-alives as JSON, one renewal at a time, in order; over once the client has ended its
 * requests and all are answered. Guarded by itself.
 */
final class KeepAliveConversation implements Conversation {
  private static final int MAX_WAITING = 128;

  private final Function<LeaseKeepAliveRequest, CompletableFuture<LeaseService.KeepAlive>> renewal;
  private final Supplier<Header> header;
  private final Runnable wake;
  private final Queue<LeaseKeepAliveRequest> waiting = new ArrayDeque<>();
  private final Queue<byte[]> answers = new ArrayDeque<>();
  private boolean isRenewing;
  private boolean isEnding;
  private @Nullable GatewayError failure;

  /**
   * @param renewal renews the lease that a request names
   * @param header creates the header of an answer
   * @param wake called when {@link #next} has an element after it had none
   */
  KeepAliveConversation(
      Function<LeaseKeepAliveRequest, CompletableFuture<LeaseService.KeepAlive>> renewal,
      Supplier<Header> header,
      Runnable wake) {
    this.renewal = renewal;
    this.header = header;
    this.wake = wake;
  }

  @Override
  public void take(byte[] json) {
    LeaseKeepAliveRequest request =
        JsonToMessage.read(json, LeaseKeepAliveRequest.newBuilder()).build();
    synchronized (this) {
      waiting.add(request);
    }
    renewNext();
  }

  @Override
  public synchronized boolean takesMore() {
    return waiting.size() + answers.size() < MAX_WAITING;
  }

  @Override
  public synchronized void requestsEnded() {
    isEnding = true;
  }

  private void renewNext() {
    LeaseKeepAliveRequest request;
    synchronized (this) {
      if (isRenewing || failure != null || waiting.isEmpty()) {
        return;
      }
      isRenewing = true;
      request = waiting.remove();
    }
    // Before the renewal, so that the header's revision is not later than it.
    Header before = header.get();
    Futures.attempt(() -> renewal.apply(request))
        .whenComplete((renewed, problem) -> answered(before, renewed, problem));
  }

  private void answered(
      Header before, LeaseService.@Nullable KeepAlive renewed, @Nullable Throwable problem) {
    synchronized (this) {
      isRenewing = false;
      if (renewed != null) {
        JsonBuffer out = new JsonBuffer(256).append("{\"result\":");
        MessageToJson.write(LeaseWire.response(before, renewed), out);
        answers.add(out.append("}\n").toByteArray());
      } else if (problem != null) {
        failure = GatewayError.of(problem);
        waiting.clear();
        isEnding = true;
      }
    }
    renewNext();
    wake.run();
  }

  @Override
  public synchronized byte @Nullable [] next() {
    return answers.poll();
  }

  @Override
  public synchronized boolean hasAnswered() {
    return !isRenewing && waiting.isEmpty() && answers.isEmpty();
  }

  @Override
  public synchronized boolean isOver() {
    return isEnding && hasAnswered();
  }

  @Override
  public synchronized @Nullable GatewayError failure() {
    return failure;
  }

  @Override
  public synchronized void close() {
    waiting.clear();
    isEnding = true;
  }
}
