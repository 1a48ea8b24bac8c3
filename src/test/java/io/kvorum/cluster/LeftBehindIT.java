package io.kvorum.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.testing.Channels;
import io.kvorum.testing.LocalCluster;
import io.kvorum.testing.LocalMember;
import io.kvorum.testing.SteadyWriter;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * A member that was down until the others had truncated the log that it lacks. They keep 256 MiB of
 * it, so that this takes a while: {@code soak/membership} runs it.
 */
@Timeout(1800)
@EnabledIfSystemProperty(
    named = "kvorum.long",
    matches = "true",
    disabledReason = "it writes 400 MiB to three members")
final class LeftBehindIT {
  private static final int MEBIBYTES = 400;
  private static final int KEYS = 20;

  @Test
  void aMemberThatWasAwayForTooLongGetsASnapshotWhileTheOthersServe() throws Exception {
    try (LocalCluster cluster = LocalCluster.of(3, "--snapshot-count=50")) {
      Operator operator = new Operator(cluster);
      LocalMember away = operator.follower();
      away.close();
      fill(operator.leader());
      operator.anywhere().ok("compaction", String.valueOf(operator.anywhere().revision()));
      try (SteadyWriter writer =
          new SteadyWriter(
              Operator.clientsOf(cluster.members().stream().filter(m -> m != away).toList()))) {
        writer.awaitMore(10);
        writer.longestPause();
        cluster.start(away, "new").awaitReady();
        Operator.until("write through it", () -> Operator.at(away).ok("put", "back", "1"));
        writer.awaitMore(10);
        System.out.println("brought back: longest pause " + writer.longestPause().toMillis());
        writer.stop();
        operator.awaitAgreement();
        writer.assertNothingLost(away.client());
      }
      assertThat(away.process().output()).contains("received snapshot up to entry");
    }
  }

  private static void fill(LocalMember member) {
    ManagedChannel channel = Channels.to(member.client());
    try {
      ByteString value = ByteString.copyFrom(new byte[1 << 20]);
      for (int i = 0; i < MEBIBYTES; i++) {
        KVGrpc.newBlockingStub(channel)
            .withDeadlineAfter(60, TimeUnit.SECONDS)
            .put(
                PutRequest.newBuilder()
                    .setKey(ByteString.copyFromUtf8("large/" + i % KEYS))
                    .setValue(value)
                    .build());
      }
    } finally {
      channel.shutdownNow();
    }
  }
}
