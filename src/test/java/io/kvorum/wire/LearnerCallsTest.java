package io.kvorum.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.MethodDescriptor;
import io.kvorum.proto.etcdserverpb.AlarmRequest;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.LeaseGrpc;
import io.kvorum.proto.etcdserverpb.MaintenanceGrpc;
import io.kvorum.proto.etcdserverpb.MemberListRequest;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.StatusRequest;
import io.kvorum.proto.etcdserverpb.WatchGrpc;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which calls a learner serves. */
class LearnerCallsTest {
  @Test
  void aLearnerServesItsStatusAndItsOwnStoreAlone() {
    assertThat(LearnerCalls.isServed(StatusRequest.getDefaultInstance())).isTrue();
    assertThat(LearnerCalls.isServed(RangeRequest.newBuilder().setSerializable(true).build()))
        .isTrue();
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

  private static String name(MethodDescriptor<?, ?> method) {
    return method.getFullMethodName();
  }
}
