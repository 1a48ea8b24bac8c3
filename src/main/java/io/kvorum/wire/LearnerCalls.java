package io.kvorum.wire;

import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.StatusRequest;

/**
 * What a member that only follows may be asked: its own status, and what its own store holds.
 * Everything else it refuses with NOT_SUPPORTED_FOR_LEARNER. Stateless.
 */
public final class LearnerCalls {
  private static final String SNAPSHOT = "etcdserverpb.Maintenance/Snapshot";

  private LearnerCalls() {}

  /** Whether the request of a call with one request and one answer is served. */
  public static boolean isServed(Object request) {
    return request instanceof StatusRequest
        || (request instanceof RangeRequest range && range.getSerializable());
  }

  /**
   * Whether a stream is served, whatever is asked on it.
   *
   * @param method the full gRPC name, such as {@code etcdserverpb.Watch/Watch}
   */
  public static boolean isStreamServed(String method) {
    return method.equals(SNAPSHOT);
  }
}
