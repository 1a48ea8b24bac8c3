package io.kvorum.grpc;

import io.grpc.Status;
import io.kvorum.model.ErrorCode;
import io.kvorum.wire.ErrorTable;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.OptionalLong;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Ends one JSON request early, as its head asks for: after some time, or because there is no
 * leader; a stream also when the leader has been lost. Confined to the event loop, but for {@link
 * #end}.
 *
 * <p>Held by: HttpRelayTest, StreamFrontTest, JsonGatewayIT.
 */
final class ExchangeTerms implements StreamRegistry.OpenStream {
  private final EventLoop loop;
  private final RequiredLeader leader;
  private final Consumer<Status> onEnd;
  private @Nullable ScheduledFuture<?> deadline;
  private boolean isRegistered;

  /**
   * @param onEnd ends the request, on the event loop; possibly more than once
   */
  ExchangeTerms(EventLoop loop, RequiredLeader leader, Consumer<Status> onEnd) {
    this.loop = loop;
    this.leader = leader;
    this.onEnd = onEnd;
  }

  /**
   * Begins to count the time that the client waits.
   *
   * @return why the request is refused; null if it is not
   */
  @Nullable PlainAnswer limitTime(@Nullable String timeout) {
    if (timeout == null) {
      return null;
    }
    OptionalLong nanos = GrpcTimeout.nanos(timeout);
    if (nanos.isEmpty()) {
      return PlainAnswer.gatewayError(
          Status.Code.INVALID_ARGUMENT, "invalid grpc-timeout: " + timeout);
    }
    deadline =
        loop.schedule(
            () ->
                onEnd.accept(Status.DEADLINE_EXCEEDED.withDescription("context deadline exceeded")),
            nanos.getAsLong(),
            TimeUnit.NANOSECONDS);
    return null;
  }

  /**
   * Requires a leader.
   *
   * @param isStream whether it is required until the end of the request
   * @return false if there is none: the request has been ended
   */
  boolean requireLeader(boolean isStream) {
    if (!leader.isKnown()) {
      onEnd.accept(ErrorTable.statusOf(ErrorCode.NO_LEADER));
      return false;
    }
    if (isStream) {
      isRegistered = true;
      leader.add(this);
    }
    return true;
  }

  @Override
  public void end(Status status) {
    try {
      loop.execute(() -> onEnd.accept(status));
    } catch (RejectedExecutionException stopped) {
      // The connection has ended with its event loop.
    }
  }

  /** The request is over; again does nothing. */
  void close() {
    ScheduledFuture<?> scheduled = deadline;
    if (scheduled != null) {
      scheduled.cancel(false);
    }
    if (isRegistered) {
      isRegistered = false;
      leader.remove(this);
    }
  }
}
