package io.kvorum.ctl;

import com.google.protobuf.ByteString;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.kvorum.ctl.client.Connection;
import io.kvorum.ctl.client.RpcException;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest;
import io.kvorum.proto.etcdserverpb.WatchRequest;
import io.kvorum.proto.etcdserverpb.WatchResponse;
import io.kvorum.support.Reason;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Watches all keys of a member from a revision on. Takes no more messages from the connection than
 * are asked for, and a few. Used by one thread.
 *
 * <p>Held by: ImportCommandTest.
 */
final class SourceWatch implements AutoCloseable {
  private static final int AHEAD = 16;
  private static final ByteString ALL = ByteString.copyFrom(new byte[] {0});

  private final BlockingQueue<Message> messages = new LinkedBlockingQueue<>();
  private @Nullable ClientCallStreamObserver<WatchRequest> call;

  /** What has come: an answer, or the end. */
  private record Message(@Nullable WatchResponse response, @Nullable Throwable end) {}

  /** The watch has ended, and has not shown all. */
  static final class BrokenException extends Exception {
    private static final long serialVersionUID = 1L;

    BrokenException(Throwable cause) {
      super(Reason.of(cause), cause);
    }

    @Override
    public String getMessage() {
      return Objects.requireNonNull(super.getMessage());
    }
  }

  private SourceWatch() {}

  static SourceWatch start(Connection member, long revision) throws RpcException {
    SourceWatch watch = new SourceWatch();
    var requests = member.watch().watch(watch.new Answers());
    requests.onNext(
        WatchRequest.newBuilder()
            .setCreateRequest(
                WatchCreateRequest.newBuilder()
                    .setKey(ALL)
                    .setRangeEnd(ALL)
                    .setStartRevision(revision))
            .build());
    return watch;
  }

  private final class Answers implements ClientResponseObserver<WatchRequest, WatchResponse> {
    @Override
    public void beforeStart(ClientCallStreamObserver<WatchRequest> started) {
      started.disableAutoRequestWithInitial(AHEAD);
      call = started;
    }

    @Override
    public void onNext(WatchResponse response) {
      messages.add(new Message(response, null));
    }

    @Override
    public void onError(Throwable failure) {
      messages.add(new Message(null, failure));
    }

    @Override
    public void onCompleted() {
      messages.add(new Message(null, new IllegalStateException("the member has ended the watch")));
    }
  }

  /**
   * Waits for the next answer.
   *
   * @return empty if none has come in that time
   * @throws BrokenException if no more will come
   */
  Optional<WatchResponse> next(Duration atMost) throws InterruptedException, BrokenException {
    Message message = messages.poll(atMost.toMillis(), TimeUnit.MILLISECONDS);
    if (message == null) {
      return Optional.empty();
    }
    if (message.end() != null) {
      throw new BrokenException(message.end());
    }
    if (call != null) {
      call.request(1);
    }
    return Optional.ofNullable(message.response());
  }

  @Override
  public void close() {
    if (call != null) {
      call.cancel("the import has what it wants", null);
    }
  }
}
