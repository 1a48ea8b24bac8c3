package io.kvorum.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.kvorum.model.ErrorCode;
import io.kvorum.wire.ErrorTable;
import io.kvorum.wire.LearnerCalls;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The calls that stay open for long, so that they can be ended: all of them when the member stops,
 * and those that asked for it when the leader is gone. And who is let in at all: not callers that
 * need a leader where there is none, nor what a learner does not serve. Thread-safe.
 */
final class StreamRegistry {
  private static final Metadata.Key<String> HAS_LEADER =
      Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER);

  /** A call that can be ended from any thread; ending it again does nothing. */
  interface OpenStream {
    void end(Status status);
  }

  private final BooleanSupplier hasLeader;
  private final BooleanSupplier hasHadLeader;
  private final BooleanSupplier isLearner;
  private final Set<OpenStream> all = ConcurrentHashMap.newKeySet();
  private final Set<OpenStream> needingLeader = ConcurrentHashMap.newKeySet();
  private volatile boolean isStopped;

  /**
   * @param hasLeader whether there is a leader now: who calls anew can wait for one better
   * @param hasHadLeader false when there has been none for some time: an ordinary election does not
   *     end what is open
   * @param isLearner true while this member only follows
   */
  StreamRegistry(
      BooleanSupplier hasLeader, BooleanSupplier hasHadLeader, BooleanSupplier isLearner) {
    this.hasLeader = hasLeader;
    this.hasHadLeader = hasHadLeader;
    this.isLearner = isLearner;
  }

  /** True if a learner is not to be asked that, and this member is one. */
  boolean isBeyondLearner(Object request) {
    return isLearner.getAsBoolean() && !LearnerCalls.isServed(request);
  }

  /** True if the caller wants to be served only while there is a leader, and there is none. */
  boolean refuses(Metadata headers) {
    return needsLeader(headers) && !hasLeader.getAsBoolean();
  }

  /** The handler of a stream, for callers that are not refused. */
  <Q, A> ServerCallHandler<Q, A> guarded(ServerCallHandler<Q, A> handler) {
    return (call, headers) -> {
      ErrorCode refusal = refusal(call.getMethodDescriptor().getFullMethodName(), headers);
      if (refusal != null) {
        call.close(ErrorTable.statusOf(refusal), new Metadata());
        return new ServerCall.Listener<>() {};
      }
      return handler.startCall(call, headers);
    };
  }

  private @Nullable ErrorCode refusal(String method, Metadata headers) {
    if (isLearner.getAsBoolean() && !LearnerCalls.isStreamServed(method)) {
      return ErrorCode.NOT_SUPPORTED_FOR_LEARNER;
    }
    return refuses(headers) ? ErrorCode.NO_LEADER : null;
  }

  void add(OpenStream stream, Metadata headers) {
    all.add(stream);
    if (needsLeader(headers)) {
      needingLeader.add(stream);
    }
    if (isStopped) {
      stream.end(ErrorTable.statusOf(ErrorCode.STOPPED));
    }
  }

  void remove(OpenStream stream) {
    all.remove(stream);
    needingLeader.remove(stream);
  }

  /** To be called now and then: ends what needs a leader if there has been none for some time. */
  void checkLeader() {
    if (!hasHadLeader.getAsBoolean() && !needingLeader.isEmpty()) {
      needingLeader.forEach(stream -> stream.end(ErrorTable.statusOf(ErrorCode.NO_LEADER)));
    }
  }

  /** Ends everything, now and from now on. */
  void stop() {
    isStopped = true;
    all.forEach(stream -> stream.end(ErrorTable.statusOf(ErrorCode.STOPPED)));
  }

  int size() {
    return all.size();
  }

  private static boolean needsLeader(Metadata headers) {
    return "true".equals(headers.get(HAS_LEADER));
  }
}
