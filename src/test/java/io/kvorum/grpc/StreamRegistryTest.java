package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.Status;
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
  private boolean hasHadLeader = true;
  private final StreamRegistry streams =
      new StreamRegistry(() -> hasLeader, () -> hasHadLeader, () -> false);
  private final List<Status> ended = new ArrayList<>();

  @Test
  void duringAnElectionNewCallsAreRefusedAtOnceAndOpenStreamsStay() {
    streams.add(ended::add, DEMANDING);
    streams.add(
        status -> {
          throw new AssertionError("it did not ask for a leader");
        },
        NONE);
    assertThat(streams.refuses(DEMANDING)).isFalse();
    hasLeader = false;
    assertThat(streams.refuses(DEMANDING)).isTrue();
    assertThat(streams.refuses(NONE)).isFalse();
    streams.checkLeader();
    assertThat(ended).isEmpty();
    hasHadLeader = false;
    streams.checkLeader();
    assertThat(ended)
        .singleElement()
        .extracting(Status::getDescription)
        .isEqualTo("etcdserver: no leader");
  }
}
