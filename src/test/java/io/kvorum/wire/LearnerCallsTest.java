package io.kvorum.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.MethodDescriptor;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.proto.etcdserverpb.AlarmRequest;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.LeaseGrpc;
import io.kvorum.proto.etcdserverpb.MaintenanceGrpc;
import io.kvorum.proto.etcdserverpb.MemberListRequest;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.SnapshotRequest;
import io.kvorum.proto.etcdserverpb.StatusRequest;
import io.kvorum.proto.etcdserverpb.WatchGrpc;
import io.kvorum.testing.Admitted;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Which calls a learner serves. */
class LearnerCallsTest {
  @Test
  void aLearnerServesItsStatusAndItsOwnStoreAlone() {
    assertThat(LearnerCalls.isServed(StatusRequest.getDefaultInstance())).isTrue();
    assertThat(LearnerCalls.isServed(RangeRequest.newBuilder().setSerializable(true).build()))
        .isTrue();
    assertThat(LearnerCalls.isServed(SnapshotRequest.getDefaultInstance())).isTrue();
    for (Object request :
        List.of(
            RangeRequest.getDefaultInstance(),
            PutRequest.getDefaultInstance(),
            AlarmRequest.getDefaultInstance(),
            MemberListRequest.getDefaultInstance())) {
      assertThat(LearnerCalls.isServed(request)).as("%s", request.getClass()).isFalse();
    }
    assertThat(LearnerCalls.isStreamServed(name(MaintenanceGrpc.getSnapshotMethod()))).isTrue();
    assertThat(LearnerCalls.isStreamServed(name(WatchGrpc.getWatchMethod()))).isFalse();
    assertThat(LearnerCalls.isStreamServed(name(LeaseGrpc.getLeaseKeepAliveMethod()))).isFalse();
    assertThat(LearnerCalls.isStreamServed(name(KVGrpc.getRangeStreamMethod()))).isFalse();
  }

  @Test
  void whatALearnerDoesNotServeAVoterServes() {
    AtomicBoolean isLearner = new AtomicBoolean(true);
    LearnerCalls admission = new LearnerCalls(isLearner::get);
    Object request = PutRequest.getDefaultInstance();
    String stream = name(WatchGrpc.getWatchMethod());
    for (ThrowingCallable refused :
        List.<ThrowingCallable>of(
            () -> admission.check(Admitted.SOMEBODY, request),
            () -> admission.checkOpening(Admitted.SOMEBODY, stream))) {
      assertThatThrownBy(refused)
          .isInstanceOfSatisfying(
              RequestException.class,
              refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.NOT_SUPPORTED_FOR_LEARNER));
    }
    isLearner.set(false);
    admission.check(Admitted.SOMEBODY, request);
    admission.checkOpening(Admitted.SOMEBODY, stream);
  }

  private static String name(MethodDescriptor<?, ?> method) {
    return method.getFullMethodName();
  }
}
