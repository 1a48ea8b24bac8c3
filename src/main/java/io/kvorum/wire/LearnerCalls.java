package io.kvorum.wire;

import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.StatusRequest;

/**
 * Knows the calls that a learner serves: its own status, and serializable reads of its own store.
 * All others fail with NOT_SUPPORTED_FOR_LEARNER. Stateless.
 */
public final class LearnerCalls {
  private static final String SNAPSHOT = "etcdserverpb.Maintenance/Snapshot";

  private LearnerCalls() {}

  /** Whether the request of a unary call is served. */
  public static boolean isServed(Object request) {
    return request instanceof StatusRequest
        || (request instanceof RangeRequest range && range.getSerializable());
  }

  /**
   * Whether a stream is served, whatever its requests.
   *
   * @param method the full gRPC name, such as {@code etcdserverpb.Watch/Watch}
   */
  public static boolean isStreamServed(String method) {
    return method.equals(SNAPSHOT);
  }
}
