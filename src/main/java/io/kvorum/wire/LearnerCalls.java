package io.kvorum.wire;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.SnapshotRequest;
import io.kvorum.proto.etcdserverpb.StatusRequest;
import io.kvorum.service.Access;
import io.kvorum.service.Admission;
import io.kvorum.service.Caller;
import java.util.function.BooleanSupplier;

/**
 * Knows the calls that a learner serves: its own status, snapshots of its own store, and
 * serializable reads of it. All others fail with NOT_SUPPORTED_FOR_LEARNER. Thread-safe.
 *
 * <p>Held by: LearnerCallsTest, ClientPortTest.
 */
public final class LearnerCalls implements Admission {
  private static final String SNAPSHOT = "etcdserverpb.Maintenance/Snapshot";

  private final BooleanSupplier isLearner;

  /**
   * @param isLearner true while this member is a learner
   */
  public LearnerCalls(BooleanSupplier isLearner) {
    this.isLearner = isLearner;
  }

  @Override
  public void check(Caller caller, Object request) {
    if (isLearner.getAsBoolean() && !isServed(request)) {
      throw new RequestException(ErrorCode.NOT_SUPPORTED_FOR_LEARNER);
    }
  }

  /** What a call needs is the same on a learner and on a voter. */
  @Override
  public Access.Need need(Object request) {
    return CallNeeds.of(request);
  }

  @Override
  public void checkOpening(Caller caller, String method) {
    if (isLearner.getAsBoolean() && !isStreamServed(method)) {
      throw new RequestException(ErrorCode.NOT_SUPPORTED_FOR_LEARNER);
    }
  }

  /** Whether a learner serves that request. */
  static boolean isServed(Object request) {
    return request instanceof StatusRequest
        || request instanceof SnapshotRequest
        || (request instanceof RangeRequest range && range.getSerializable());
  }

  /** Whether a learner serves a stream, whatever its requests. */
  static boolean isStreamServed(String method) {
    return method.equals(SNAPSHOT);
  }
}
