package io.kvorum.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.kvorum.proto.etcdserverpb.CompactionRequest;
import io.kvorum.proto.etcdserverpb.DefragmentRequest;
import io.kvorum.proto.etcdserverpb.DeleteRangeRequest;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.MaintenanceGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RangeResponse;
import io.kvorum.sealing.KeyFiles;
import io.kvorum.testing.Await;
import io.kvorum.testing.Channels;
import io.kvorum.testing.FileScan;
import io.kvorum.testing.Paired;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A member with keys writes nothing that can be read, and needs those keys. */
@Paired
@Timeout(900)
final class EncryptionAtRestIT {
  private static final String KEY = "secret-key-";
  private static final String VALUE = "secret-value-";

  /** A writer as fast as it can would have the rewriting chase hundreds of megabytes. */
  private static final long BETWEEN_PUTS_NANOS = TimeUnit.MILLISECONDS.toNanos(3);

  private static final String[] SECRETS = {
    KEY, VALUE, base64(KEY), base64(VALUE),
  };

  @TempDir private Path directory;

  private final URI client = Ports.freeUrl();
  private final URI peer = Ports.freeUrl();
  private final Queue<Status.Code> failures = new ConcurrentLinkedQueue<>();
  private final Set<String> acknowledged = new ConcurrentSkipListSet<>();

  /** The part that does not depend on what follows. */
  private static String base64(String text) {
    return Base64.getEncoder()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8))
        .replaceAll("=|.$", "");
  }

  private Path data() {
    return directory.resolve("m");
  }

  private Path backups() {
    return directory.resolve("backups");
  }

  private Path keyFile() {
    return directory.resolve("keys");
  }

  private List<Path> readable() throws IOException {
    List<Path> files = new ArrayList<>(FileScan.filesWith(data(), SECRETS));
    files.addAll(FileScan.filesWith(backups(), SECRETS));
    return files;
  }

  @Test
  void noFileShowsAKeyOrAValueWhileItRunsAfterAKillAndAfterAStop() throws Exception {
    KeyFiles.write(keyFile(), "k1");
    String[] flags = {"--encryption-key-file=" + keyFile(), "--backup-interval=1s"};
    try (Life life = new Life(flags)) {
      life.useTheStore();
      awaitBackup(".db.sealed");
      assertThat(readable()).as("while it runs").isEmpty();
      life.member.kill();
    }
    assertThat(readable()).as("after a kill").isEmpty();
    try (Life life = new Life(flags)) {
      assertThat(life.keys()).containsExactlyElementsOf(acknowledged);
      life.put(2_000, 2_100);
      assertThat(readable()).as("after a restart").isEmpty();
      assertThat(life.member.terminate()).isZero();
    }
    assertThat(readable()).as("after a stop").isEmpty();
  }

  @Test
  void withoutKeysTheSameScanFindsThem() throws Exception {
    try (Life life = new Life("--backup-interval=1s")) {
      life.useTheStore();
      awaitBackup(".db");
      assertThat(readable())
          .anyMatch(file -> file.startsWith(data().resolve("member/wal")))
          .anyMatch(file -> file.toString().contains("member/history"))
          .anyMatch(file -> file.startsWith(backups()));
    }
  }

  @Test
  void withoutItsKeysAMemberChangesNothingAndSaysWhatToDo() throws Exception {
    KeyFiles.write(keyFile(), "k1");
    String flag = "--encryption-key-file=" + keyFile();
    try (Life life = new Life(flag)) {
      life.put(0, 100);
      assertThat(life.member.terminate()).isZero();
    }
    Map<String, String> before = contents();
    String sealed = "is sealed with the key k1";
    assertRefused(sealed + ": give --encryption-key-file");
    KeyFiles.write(keyFile(), "k2");
    assertRefused(sealed + ", which " + keyFile() + " lacks", flag);
    KeyFiles.write(keyFile(), "k1:" + KeyFiles.secret("another"));
    assertRefused("has another key of that id", flag);
    Files.delete(keyFile());
    assertRefused("cannot use the encryption keys in " + keyFile(), flag);
    KeyFiles.write(keyFile(), "k1");
    assertThat(contents()).isEqualTo(before);
    Path list = data().resolve("member/wal/sealing.keys");
    byte[] bytes = Files.readAllBytes(list);
    bytes[bytes.length - 5] ^= 1;
    Files.write(list, bytes);
    assertRefused("sealing.keys is damaged", flag);
    bytes[bytes.length - 5] ^= 1;
    Files.write(list, bytes);
    assertThat(contents()).isEqualTo(before);
    try (Life life = new Life(flag)) {
      assertThat(life.keys()).hasSize(100);
    }
  }

  @Test
  void keysAreIntroducedRotatedAndGivenUpBesideWritersAndOverAKill() throws Exception {
    try (Life life = new Life()) {
      life.useTheStore();
    }
    assertThat(readable()).as("so that this can fail").isNotEmpty();
    KeyFiles.write(keyFile(), "k1");
    String flag = "--encryption-key-file=" + keyFile();
    try (Life life = new Life(flag)) {
      Thread writer = life.putUntilItEnds("a-");
      life.member.awaitLogged("all data is sealed with the key k1 now");
      assertThat(readable()).as("after the rewriting").isEmpty();
      KeyFiles.write(keyFile(), "k2", "k1");
      life.member.awaitLogged("rewriting all data that is not sealed with the key k2 yet");
      life.member.kill();
      writer.join();
    }
    try (Life life = new Life(flag)) {
      Thread writer = life.putUntilItEnds("b-");
      life.member.awaitLogged("all data is sealed with the key k2 now");
      life.member.kill();
      writer.join();
    }
    assertThat(failures).hasSize(2).containsOnly(Status.Code.UNAVAILABLE);
    KeyFiles.write(keyFile(), "k2");
    try (Life life = new Life(flag)) {
      assertThat(life.keys()).containsAll(acknowledged);
      assertThat(readable()).isEmpty();
      KeyFiles.write(keyFile(), "plain", "k2");
      life.member.awaitLogged("no data is sealed any more");
      assertThat(life.member.terminate()).isZero();
    }
    try (Life life = new Life()) {
      assertThat(life.keys()).containsAll(acknowledged);
      assertThat(readable()).isNotEmpty();
    }
  }

  private void assertRefused(String reason, String... flags) throws Exception {
    try (ServerProcess refused = launch(flags)) {
      assertThat(refused.awaitExit()).isNotZero();
      assertThat(refused.stderr())
          .filteredOn(line -> line.contains(reason))
          .as(refused.lastOutput())
          .hasSize(1);
    }
  }

  private ServerProcess launch(String... flags) throws IOException {
    List<String> all = new ArrayList<>(List.of(flags));
    all.add("--kvorum-admin-url=");
    if (all.removeIf("--backup-interval=1s"::equals)) {
      all.addAll(List.of("--backup-interval=1s", "--backup-dir=" + backups()));
    }
    return ServerProcess.launch(
        ServerKind.KVORUM, data(), client, peer, all, Map.of("JVM_ARGS", "-Xmx256m"));
  }

  /** All files of the member, but not the number of the process that was there last. */
  private Map<String, String> contents() throws IOException {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> tree = Files.walk(data().resolve("member"))) {
      for (Path file : tree.toList()) {
        if (Files.isRegularFile(file) && !file.endsWith("LOCK")) {
          contents.put(
              file.toString(), Base64.getEncoder().encodeToString(Files.readAllBytes(file)));
        } else {
          contents.put(file.toString(), "");
        }
      }
    }
    return contents;
  }

  private void awaitBackup(String ending) {
    Await.until(
        "there is a backup " + ending,
        ServerProcess.PATIENCE,
        () -> {
          try (Stream<Path> files = Files.list(backups())) {
            return files.anyMatch(file -> file.toString().endsWith(ending));
          }
        });
  }

  /** The member between a start and its end. */
  private final class Life implements AutoCloseable {
    private final ServerProcess member;
    private final ManagedChannel channel = Channels.to(client);
    private final KVGrpc.KVBlockingStub kv = KVGrpc.newBlockingStub(channel);

    Life(String... flags) throws IOException, InterruptedException {
      member = launch(flags);
      member.awaitReady();
    }

    /** Puts, deletes, compacts and defragments, so that there are free pages and former files. */
    void useTheStore() {
      put(0, 600);
      put(0, 600);
      kv.deleteRange(
          DeleteRangeRequest.newBuilder()
              .setKey(ByteString.copyFromUtf8(KEY + "0"))
              .setRangeEnd(ByteString.copyFromUtf8(KEY + "00100"))
              .build());
      acknowledged.removeIf(key -> key.compareTo(KEY + "00100") < 0);
      long head = put(KEY + "head");
      kv.compact(CompactionRequest.newBuilder().setRevision(head).setPhysical(true).build());
      MaintenanceGrpc.newBlockingStub(channel).defragment(DefragmentRequest.getDefaultInstance());
      put(600, 800);
    }

    void put(int from, int to) {
      for (int i = from; i < to; i++) {
        long unused = put(String.format("%s%05d", KEY, i));
      }
    }

    private long put(String key) {
      ByteString value = ByteString.copyFromUtf8((VALUE + key + " ").repeat(60));
      PutRequest put =
          PutRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).setValue(value).build();
      long revision = kv.withDeadlineAfter(1, TimeUnit.MINUTES).put(put).getHeader().getRevision();
      acknowledged.add(key);
      return revision;
    }

    Thread putUntilItEnds(String prefix) {
      Thread writer =
          new Thread(
              () -> {
                try {
                  for (int i = 0; true; i++) {
                    long unused = put(KEY + prefix + i);
                    LockSupport.parkNanos(BETWEEN_PUTS_NANOS);
                  }
                } catch (StatusRuntimeException ended) {
                  failures.add(ended.getStatus().getCode());
                }
              });
      writer.start();
      return writer;
    }

    /** In pages: how many the writers have come to depends on the machine. */
    Set<String> keys() {
      TreeSet<String> keys = new TreeSet<>();
      ByteString from = ByteString.copyFromUtf8(KEY);
      RangeResponse page;
      do {
        page =
            kv.range(
                RangeRequest.newBuilder()
                    .setKey(from)
                    .setRangeEnd(ByteString.copyFromUtf8("secret-key."))
                    .setKeysOnly(true)
                    .setLimit(5_000)
                    .build());
        page.getKvsList().forEach(pair -> keys.add(pair.getKey().toStringUtf8()));
        from = ByteString.copyFromUtf8(keys.isEmpty() ? KEY : keys.last() + "\0");
      } while (page.getMore());
      return keys;
    }

    @Override
    public void close() throws InterruptedException {
      channel.shutdownNow();
      member.close();
    }
  }
}
