package io.kvorum.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.sealing.KeyFiles;
import io.kvorum.sealing.KeyList;
import io.kvorum.testing.Channels;
import io.kvorum.testing.FileScan;
import io.kvorum.testing.LocalCluster;
import io.kvorum.testing.LocalMember;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a member receives from another one, it encrypts with its own keys. */
@Timeout(600)
final class EncryptedJoinerIT {
  private static final String SECRET = "nobody may read this ";

  @TempDir private Path directory;

  @Test
  void aJoinerEncryptsTheSnapshotThatItReceivesAndWhatFollows() throws Exception {
    try (LocalCluster cluster = new LocalCluster(List.of(), LocalCluster.smallHeap())) {
      LocalMember founder = cluster.prepare("m1");
      cluster.start(founder, "new").awaitReady();
      put(founder, 0, 500);
      Path keys = KeyFiles.write(directory.resolve("keys"), "k1");
      Operator operator = new Operator(cluster);
      LocalMember joiner = cluster.prepare("m2");
      Operator.until(
          "member add",
          () -> Operator.at(founder).ok("member", "add", "m2", "--peer-urls=" + joiner.peer()));
      cluster.start(joiner, "existing", "--encryption-key-file=" + keys).awaitReady();
      put(joiner, 500, 600);
      operator.awaitAgreement();
      assertThat(Operator.at(joiner).ok("get", "s/499", "--print-value-only", "--consistency=s"))
          .contains(SECRET);
      assertThat(FileScan.filesWith(founder.dataDirectory(), SECRET)).isNotEmpty();
      assertThat(FileScan.filesWith(joiner.dataDirectory(), SECRET)).isEmpty();
      for (String database : List.of("member/history-1", "member/wal")) {
        assertThat(Files.readString(joiner.dataDirectory().resolve(database).resolve(KeyList.FILE)))
            .contains("key k1")
            .doesNotContain("plain");
      }
    }
  }

  private static void put(LocalMember member, int from, int to) {
    ManagedChannel channel = Channels.to(member.client());
    try {
      for (int i = from; i < to; i++) {
        var unused =
            KVGrpc.newBlockingStub(channel)
                .withDeadlineAfter(60, TimeUnit.SECONDS)
                .put(
                    PutRequest.newBuilder()
                        .setKey(ByteString.copyFromUtf8("s/" + i))
                        .setValue(ByteString.copyFromUtf8(SECRET.repeat(50)))
                        .build());
      }
    } finally {
      channel.shutdownNow();
    }
  }
}
