package io.kvorum.rest;

import static io.kvorum.service.ServicesUnderTest.learner;
import static io.kvorum.service.ServicesUnderTest.voter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Message;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.proto.etcdserverpb.AlarmRequest;
import io.kvorum.proto.etcdserverpb.MemberListRequest;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.StatusRequest;
import io.kvorum.service.ClientLimits;
import io.kvorum.service.ServicesUnderTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestBodiesTest {

  @Test
  void aLearnerTakesSerializableRangesAndQuestionsForItsStatusAlone() throws IOException {
    try (ServicesUnderTest member =
        new ServicesUnderTest(ServicesUnderTest.DEFAULT_RULES, learner(1), voter(2))) {
      RequestBodies bodies = new RequestBodies(member.cluster(), new ClientLimits(1000, 128));
      assertThat(read(bodies, "{'serializable':true}", RangeRequest.newBuilder()))
          .isEqualTo(RangeRequest.newBuilder().setSerializable(true).build());
      assertThat(read(bodies, "{}", StatusRequest.newBuilder()))
          .isEqualTo(StatusRequest.getDefaultInstance());
      for (Message.Builder refused :
          List.of(
              RangeRequest.newBuilder(),
              PutRequest.newBuilder(),
              AlarmRequest.newBuilder(),
              MemberListRequest.newBuilder())) {
        assertThatThrownBy(() -> read(bodies, "{}", refused))
            .as("%s", refused.getDescriptorForType().getName())
            .isInstanceOfSatisfying(
                RequestException.class,
                refusal ->
                    assertThat(refusal.code()).isEqualTo(ErrorCode.NOT_SUPPORTED_FOR_LEARNER));
      }
    }
  }

  @Test
  void aVoterTakesEverything() throws IOException {
    try (ServicesUnderTest member =
        new ServicesUnderTest(ServicesUnderTest.DEFAULT_RULES, voter(1), learner(2))) {
      RequestBodies bodies = new RequestBodies(member.cluster(), new ClientLimits(1000, 128));
      assertThat(read(bodies, "{}", RangeRequest.newBuilder()))
          .isEqualTo(RangeRequest.getDefaultInstance());
      assertThat(read(bodies, "{}", MemberListRequest.newBuilder()))
          .isEqualTo(MemberListRequest.getDefaultInstance());
    }
  }

  private static Message read(RequestBodies bodies, String json, Message.Builder builder)
      throws IOException {
    byte[] body = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    return bodies.read(new ByteArrayInputStream(body), body.length, builder).build();
  }
}
