package io.kvorum.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import io.kvorum.proto.etcdserverpb.AlarmRequest;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.PutResponse;
import io.kvorum.proto.etcdserverpb.StatusRequest;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest;
import io.kvorum.proto.v3electionpb.CampaignRequest;
import io.kvorum.proto.v3lockpb.LockRequest;
import io.kvorum.service.Access.Need;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CallNeedsTest {
  /** A watch is created by a part of its request. */
  private static final List<String> BY_THEIR_PARTS = List.of("WatchRequest");

  @Test
  void everyRequestOfTheApiIsInTheTable() throws ReflectiveOperationException {
    List<Object> requests = new ArrayList<>(List.of(WatchCreateRequest.getDefaultInstance()));
    for (FileDescriptor file :
        List.of(
            PutRequest.getDescriptor().getFile(),
            LockRequest.getDescriptor().getFile(),
            CampaignRequest.getDescriptor().getFile())) {
      String javaPackage = file.getOptions().getJavaPackage();
      for (ServiceDescriptor service : file.getServices()) {
        for (MethodDescriptor method : service.getMethods()) {
          String name = method.getInputType().getName();
          if (!BY_THEIR_PARTS.contains(name)) {
            requests.add(
                Class.forName(javaPackage + "." + name)
                    .getMethod("getDefaultInstance")
                    .invoke(null));
          }
        }
      }
    }
    assertThat(requests).hasSizeGreaterThan(45);
    for (Object request : requests) {
      assertThat(CallNeeds.of(request)).as("%s", request.getClass()).isNotNull();
    }
  }

  @Test
  void alarmsAreShownToUsersAndChangedByRoot() {
    assertThat(CallNeeds.of(AlarmRequest.getDefaultInstance())).isEqualTo(Need.USER);
    assertThat(
            CallNeeds.of(
                AlarmRequest.newBuilder().setAction(AlarmRequest.AlarmAction.ACTIVATE).build()))
        .isEqualTo(Need.ROOT_OF_CLUSTER);
    assertThat(CallNeeds.of(AlarmRequest.newBuilder().setActionValue(77).build()))
        .isEqualTo(Need.ROOT_OF_CLUSTER);
    assertThat(CallNeeds.of(StatusRequest.getDefaultInstance())).isEqualTo(Need.USER);
  }

  @Test
  void whatIsNotInTheTableIsServedToNobody() {
    assertThatThrownBy(() -> CallNeeds.of(PutResponse.getDefaultInstance()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
