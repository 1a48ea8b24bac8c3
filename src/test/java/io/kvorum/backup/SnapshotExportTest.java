package io.kvorum.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.bbolt.BoltCheck;
import io.kvorum.bbolt.BoltCursor;
import io.kvorum.bbolt.BoltFile;
import io.kvorum.model.Bytes;
import io.kvorum.model.KeyRange;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.mvcc.StoreSettings;
import io.kvorum.mvcc.StoreSnapshot;
import io.kvorum.mvcc.StoreWriter;
import io.kvorum.mvcc.WriteTxn;
import io.kvorum.mvcc.history.InMemoryHistory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SnapshotExportTest {
  private static final int HASH_BYTES = 32;

  @TempDir private Path directory;
  private MvccStore store;
  private StoreWriter writer;
  private long index;

  @BeforeEach
  void open() throws IOException {
    store =
        new MvccStore(
            new InMemoryHistory(),
            new StoreSettings(1 << 20, 1 << 20, 1 << 20),
            failure -> {
              throw new AssertionError(failure);
            });
    writer = store.open().writer();
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  private void put(String key, int bytes, long lease) {
    WriteTxn txn = writer.begin();
    txn.put(Bytes.utf8(key), Bytes.wrap(new byte[bytes]), lease);
    txn.finish();
    commit(Map.of());
  }

  private void delete(String key) {
    WriteTxn txn = writer.begin();
    txn.deleteRange(KeyRange.single(Bytes.utf8(key)), false);
    txn.finish();
    commit(Map.of());
  }

  private void compact(long revision) {
    writer.compact(revision);
    commit(Map.of());
    while (writer.compactSlice()) {
      Thread.onSpinWait();
    }
  }

  private void commit(Map<String, Bytes> facts) {
    writer.commit(++index, 3, facts);
  }

  private byte[] exported() throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (SnapshotExport export =
        new SnapshotExport(store.openSnapshot().orTimeout(20, TimeUnit.SECONDS).join())) {
      long remaining = export.length() - HASH_BYTES;
      SnapshotExport.Blob blob = export.next();
      while (blob != null) {
        file.writeBytes(blob.bytes());
        if (remaining > 0) {
          assertThat(blob.bytes()).hasSize((int) Math.min(SnapshotExport.BLOB_BYTES, remaining));
          remaining -= blob.bytes().length;
        } else {
          assertThat(blob.bytes()).hasSize(HASH_BYTES);
        }
        assertThat(blob.remainingBytes()).isEqualTo(remaining);
        blob = export.next();
      }
      assertThat(file.size()).isEqualTo(export.length());
    }
    return file.toByteArray();
  }

  /** All entries of a bucket: the key as text or hexadecimal, and the value. */
  private Map<String, byte[]> bucket(byte[] file, String name) throws Exception {
    byte[] content = Arrays.copyOf(file, file.length - HASH_BYTES);
    assertThat(Arrays.copyOfRange(file, content.length, file.length))
        .isEqualTo(MessageDigest.getInstance("SHA-256").digest(content));
    Path path = directory.resolve("file.db");
    Files.write(path, content);
    Map<String, byte[]> entries = new TreeMap<>();
    try (BoltFile opened = BoltFile.open(path)) {
      assertThat(BoltCheck.check(opened, bytes -> {}).errors()).isEmpty();
      BoltCursor cursor = opened.bucket(name);
      while (cursor.next()) {
        entries.put(text(cursor.key()), cursor.value());
      }
    }
    return entries;
  }

  private static String text(byte[] key) {
    for (byte character : key) {
      if (character < ' ') {
        return HexFormat.of().formatHex(key);
      }
    }
    return new String(key, StandardCharsets.UTF_8);
  }

  @Test
  void anEmptyStoreHasAllBuckets() throws Exception {
    byte[] file = exported();
    for (String name :
        new String[] {
          "alarm", "authRoles", "authUsers", "key", "lease", "members", "members_removed"
        }) {
      assertThat(bucket(file, name)).as(name).isEmpty();
    }
    assertThat(bucket(file, "auth")).containsOnlyKeys("authRevision");
    assertThat(bucket(file, "cluster")).containsOnlyKeys("clusterVersion");
    assertThat(bucket(file, "meta"))
        .containsOnlyKeys("consistent_index", "term", "storageVersion", "confState");
  }

  @Test
  void aDowngradeIsThereAsEtcdKeepsIt() throws Exception {
    String json = "{\"target-version\":\"3.6.0\",\"enabled\":true}";
    commit(Map.of("etcd/cluster/646f776e6772616465", Bytes.utf8(json)));
    byte[] file = exported();
    assertThat(bucket(file, "cluster").get("downgrade")).asString().isEqualTo(json);
    assertThat(bucket(file, "cluster").get("clusterVersion")).asString().isEqualTo("3.6.0");
    assertThat(bucket(file, "meta").get("storageVersion")).asString().isEqualTo("3.6.0");
    commit(
        Map.of(
            "etcd/cluster/646f776e6772616465",
            Bytes.utf8("{\"target-version\":\"3.5.0\",\"enabled\":true}")));
    assertThat(bucket(exported(), "cluster").get("clusterVersion")).asString().isEqualTo("3.7.0");
  }

  @Test
  void everyChangeIsThereWhateverItsSize() throws Exception {
    int[] sizes = {0, 10, 5_000, 30_000, 100_000};
    for (int i = 0; i < 3_000; i++) {
      put("key" + i % 700, i % 100 == 0 ? sizes[i / 100 % sizes.length] : 100, i % 2);
    }
    delete("key3");
    Map<String, byte[]> keys = bucket(exported(), "key");
    assertThat(keys).hasSize(3_001).containsKey("0000000000000bba5f000000000000000074");
    assertThat(keys.get("00000000000000025f0000000000000000")).hasSize(12);
  }

  @Test
  void compactionIsMarked() throws Exception {
    for (int i = 0; i < 100; i++) {
      put("key" + i % 10, 100, 0);
    }
    compact(50);
    store.compactionFinished(50).orTimeout(20, TimeUnit.SECONDS).join();
    byte[] file = exported();
    assertThat(bucket(file, "key")).hasSize(10 + 51);
    assertThat(bucket(file, "meta"))
        .containsEntry(
            "scheduledCompactRev", HexFormat.of().parseHex("00000000000000325f0000000000000000"))
        .containsKey("finishedCompactRev");
  }

  @Test
  void factsBecomeEntries() throws Exception {
    commit(
        Map.of(
            "lease/000000000000004d",
                Bytes.wrap(HexFormat.of().parseHex("0000000000000258" + "0".repeat(16))),
            "alarm/0000000000000005/CORRUPT", Bytes.EMPTY,
            "alarm/0000000000000000/NOSPACE", Bytes.EMPTY,
            "member/4f7188b814a18045",
                Bytes.utf8(
                    "v1\nname=a\"b\nlearner=false\npeer=http://127.0.0.1:2380\nclient=http://c:1\n"),
            "member/f000000000000001", Bytes.utf8("v1\nname=\nlearner=true\npeer=http://p:2\n"),
            "member-removed/0000000000000abc", Bytes.EMPTY,
            "etcd/authUsers/616c696365", Bytes.utf8("user"),
            "etcd/auth/6175746845", Bytes.utf8("x")));
    byte[] file = exported();
    assertThat(bucket(file, "lease"))
        .containsOnlyKeys("000000000000004d")
        .containsEntry("000000000000004d", HexFormat.of().parseHex("084d10d804"));
    assertThat(bucket(file, "alarm")).containsOnlyKeys("1001", "08051002");
    assertThat(bucket(file, "members_removed")).containsOnlyKeys("abc");
    Map<String, byte[]> members = bucket(file, "members");
    assertThat(members).containsOnlyKeys("4f7188b814a18045", "f000000000000001");
    assertThat(new String(members.get("4f7188b814a18045"), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"id\":5724506925566099525,\"peerURLs\":[\"http://127.0.0.1:2380\"],"
                + "\"name\":\"a\\\"b\",\"clientURLs\":[\"http://c:1\"]}");
    assertThat(new String(members.get("f000000000000001"), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"id\":17293822569102704641,\"peerURLs\":[\"http://p:2\"],\"isLearner\":true}");
    assertThat(new String(bucket(file, "meta").get("confState"), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"voters\":[5724506925566099525],\"learners\":[17293822569102704641],"
                + "\"auto_leave\":false}");
    assertThat(bucket(file, "authUsers")).containsOnlyKeys("alice");
    assertThat(bucket(file, "auth")).containsOnlyKeys("authE", "authRevision");
  }

  @Test
  void theHashLeavesOutWhatDiffersBetweenEqualMembers() throws IOException {
    put("a", 10, 0);
    int hash = hash();
    commit(Map.of());
    assertThat(hash()).isEqualTo(hash);
    put("a", 11, 0);
    assertThat(hash()).isNotEqualTo(hash);
  }

  private int hash() throws IOException {
    try (StoreSnapshot snapshot = store.openSnapshot().orTimeout(20, TimeUnit.SECONDS).join()) {
      return SnapshotExport.hash(snapshot);
    }
  }
}
