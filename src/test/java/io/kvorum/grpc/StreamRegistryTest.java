package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.kvorum.model.ErrorCode;
import io.kvorum.testing.Admitted;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StreamRegistryTest {
  private static final Metadata NONE = new Metadata();
  private static final Metadata DEMANDING = new Metadata();

  static {
    DEMANDING.put(Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER), "true");
  }

  private boolean hasLeader = true;
  private boolean hasRecentLeader = true;
  private final CallGuard guard =
      new CallGuard(() -> hasLeader, Admitted.ALL, new ClientVersions());
  private final StreamRegistry streams = new StreamRegistry(() -> hasRecentLeader);
  private final List<Status> ended = new ArrayList<>();

  @Test
  void duringAnElectionNewCallsAreRefusedAtOnceAndOpenStreamsStay() {
    streams.add(ended::add, DEMANDING);
    streams.add(
        status -> {
          throw new AssertionError("it did not ask for a leader");
        },
        NONE);
    assertThat(guard.refusal(MethodType.UNARY, DEMANDING)).isNull();
    hasLeader = false;
    assertThat(guard.refusal(MethodType.UNARY, DEMANDING)).isEqualTo(ErrorCode.NO_LEADER);
    assertThat(guard.refusal(MethodType.UNARY, NONE)).isNull();
    streams.checkLeader();
    assertThat(ended).isEmpty();
    hasRecentLeader = false;
    streams.checkLeader();
    assertThat(ended)
        .singleElement()
        .extracting(Status::getDescription)
        .isEqualTo("etcdserver: no leader");
  }
}
