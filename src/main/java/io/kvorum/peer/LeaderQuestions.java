package io.kvorum.peer;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.lang.System.Logger.Level;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Single questions to the leader, on the open way to it. Thread-safe; nothing blocks. */
final class LeaderQuestions {
  private static final System.Logger LOG = System.getLogger(LeaderQuestions.class.getName());

  private final GrpcPeerTransport transport;
  private final LongSupplier leader;

  /**
   * @param leader the id of the member that leads; 0 if none does
   */
  LeaderQuestions(GrpcPeerTransport transport, LongSupplier leader) {
    this.transport = transport;
    this.leader = leader;
  }

  /**
   * Asks once. Fails with NO_LEADER if the question did not leave this member, or was not let in;
   * with TIMEOUT or TIMEOUT_CONNECTION_LOST if nobody knows what became of it.
   */
  <Q, R> CompletableFuture<R> ask(MethodDescriptor<Q, R> method, Q question) {
    long leaderId = leader.getAsLong();
    Channel channel = leaderId == 0 ? null : transport.channelTo(leaderId);
    if (channel == null) {
      return CompletableFuture.failedFuture(new RequestException(ErrorCode.NO_LEADER));
    }
    ClientCall<Q, R> call =
        channel.newCall(
            method,
            CallOptions.DEFAULT.withDeadlineAfter(
                transport.settings().requestTimeout().toNanos(), TimeUnit.NANOSECONDS));
    CompletableFuture<R> answer = new CompletableFuture<>();
    call.start(new Answer<>(answer), CallIdentity.of(transport.self(), leaderId).headers());
    call.sendMessage(question);
    call.halfClose();
    call.request(2);
    return answer;
  }

  /** The error that a response carries by name. */
  static RequestException failure(String name) {
    for (ErrorCode code : ErrorCode.values()) {
      if (code.name().equals(name)) {
        return new RequestException(code);
      }
    }
    LOG.log(Level.WARNING, "the leader answered with an unknown error: {0}", name);
    return new RequestException(ErrorCode.TIMEOUT);
  }

  private static ErrorCode codeOf(Status status, @Nullable Refusal refusal) {
    if (refusal != null) {
      return ErrorCode.NO_LEADER;
    }
    return switch (status.getCode()) {
      case DEADLINE_EXCEEDED -> ErrorCode.TIMEOUT;
      case UNAVAILABLE, CANCELLED -> ErrorCode.TIMEOUT_CONNECTION_LOST;
      default -> {
        LOG.log(Level.WARNING, "the leader did not answer: {0}", StatusText.of(status));
        yield ErrorCode.TIMEOUT;
      }
    };
  }

  private static final class Answer<R> extends ClientCall.Listener<R> {
    private final CompletableFuture<R> answer;
    private @Nullable R response;

    Answer(CompletableFuture<R> answer) {
      this.answer = answer;
    }

    @Override
    public void onMessage(R message) {
      response = message;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      if (status.isOk() && response != null) {
        answer.complete(response);
      } else {
        answer.completeExceptionally(new RequestException(codeOf(status, Refusal.in(trailers))));
      }
    }
  }
}
