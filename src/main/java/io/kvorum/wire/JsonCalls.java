package io.kvorum.wire;

import io.grpc.Status;
import io.kvorum.proto.v3electionpb.CampaignRequest;
import io.kvorum.proto.v3lockpb.LockRequest;
import io.kvorum.service.Caller;
import io.kvorum.service.Journal;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Counts the calls over JSON as those of the gRPC methods that they stand for, as etcd does, whose
 * gateway calls the server by gRPC. A call with one answer counts from its decoded request on; the
 * server of a stream begins it. Thread-safe; a call costs one small object and a few adders.
 *
 * <p>Held by: JsonCallsTest, JsonGatewayIT.
 */
public final class JsonCalls implements Journal {
  private final BeginListener onBegin;
  private final Map<String, MethodCounters> byMethod = new ConcurrentHashMap<>();

  /** By the class of the request, since a name made for each call would cost more than the rest. */
  private final Map<Class<?>, MethodCounters> byRequest = new ConcurrentHashMap<>();

  /** Learns that a call has begun. */
  @FunctionalInterface
  public interface BeginListener {
    /**
     * @param isUnary false for a stream
     */
    void begins(boolean isUnary);
  }

  public JsonCalls(BeginListener onBegin) {
    this.onBegin = onBegin;
  }

  /**
   * The counters of a method, which calls of gRPC may share.
   *
   * @param method as in {@code etcdserverpb.KV/Put}
   */
  public MethodCounters counters(String method) {
    return byMethod.computeIfAbsent(method, absent -> new MethodCounters());
  }

  @Override
  public Journal ofStreams() {
    return NONE;
  }

  @Override
  public Entry begin(Caller caller, Object request, Kind kind) {
    if (kind != Kind.ANSWER || caller.face() != Caller.Face.JSON) {
      return Entry.NONE;
    }
    MethodCounters known = byRequest.get(request.getClass());
    MethodCounters counters =
        known != null
            ? known
            : byRequest.computeIfAbsent(
                request.getClass(), absent -> counters(CallJournal.fullMethod(request, kind)));
    onBegin.begins(true);
    counters.begin();
    counters.receive();
    return new Unary(counters, hasCodes(request));
  }

  /** Failures of the Lock and the Election service are answered without their codes. */
  private static boolean hasCodes(Object request) {
    Package asked = request.getClass().getPackage();
    return asked != LockRequest.class.getPackage() && asked != CampaignRequest.class.getPackage();
  }

  private record Unary(MethodCounters counters, boolean hasCodes) implements Entry {
    @Override
    public void ended(@Nullable Object result, @Nullable Throwable failure) {
      if (failure == null) {
        counters.send();
        counters.end(Status.Code.OK);
      } else {
        counters.end(ErrorTable.answeredCodeOf(failure, hasCodes));
      }
    }
  }

  /**
   * Begins a call that stays open.
   *
   * @param method as in {@code etcdserverpb.Watch/Watch}
   */
  public Stream begin(String method) {
    MethodCounters counters = counters(method);
    onBegin.begins(false);
    counters.begin();
    return new Stream(counters);
  }

  /** One call that stays open. Thread-safe. */
  public static final class Stream {
    private final MethodCounters counters;
    private final AtomicBoolean hasEnded = new AtomicBoolean();

    private Stream(MethodCounters counters) {
      this.counters = counters;
    }

    /** A message has been taken from the client. */
    public void received() {
      counters.receive();
    }

    /** A message has been given to the client. */
    public void sent() {
      counters.send();
    }

    /** The call has ended; again does nothing. */
    public void ended(Status.Code code) {
      if (hasEnded.compareAndSet(false, true)) {
        counters.end(code);
      }
    }
  }
}
