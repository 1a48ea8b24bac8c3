package io.kvorum.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hashes that etcd 3.7.1 gave for the same histories. */
final class SnapshotHashKvTest {
  @TempDir private Path directory;

  private SnapshotHashKv hash(SnapshotBuilder file, long revision) throws IOException {
    return SnapshotHashKv.of(file.write(directory.resolve("s.db")), revision, Progress.NONE);
  }

  private void assertHash(SnapshotBuilder file, long revision, long hash) throws IOException {
    assertThat(hash(file, revision).hash()).as("at %s", revision).isEqualTo(hash);
  }

  private void assertRefused(SnapshotBuilder file, long revision, String reason) {
    assertThatExceptionOfType(SnapshotException.class)
        .isThrownBy(() -> hash(file, revision))
        .withMessage("mvcc: required revision " + reason);
  }

  private static SnapshotBuilder overwrittenAndDeleted() {
    return SnapshotBuilder.withAllBuckets()
        .put(2, "foo", "bar")
        .put(3, 0, "foo", "bar2", 2, 2, 0)
        .put(4, "a", "1")
        .delete(5, "foo");
  }

  private static SnapshotBuilder fiveChanges() {
    return SnapshotBuilder.withAllBuckets()
        .put(2, "a", "1")
        .put(3, "b", "1")
        .put(4, 0, "a", "2", 2, 2, 0)
        .delete(5, "b")
        .put(6, "c", "3");
  }

  private static SnapshotBuilder transactionAndLease() {
    return SnapshotBuilder.withAllBuckets()
        .put(2, 0, "x", "1", 2, 1, 0)
        .put(2, 1, "y", "2", 2, 1, 0)
        .put(3, 0, "l", "v", 3, 1, 77)
        .delete(4, "x")
        .put(5, 0, "x", "9", 5, 1, 0);
  }

  @Test
  void anEmptyStoreHasTheHashOfAName() throws Exception {
    assertThat(hash(SnapshotBuilder.withAllBuckets(), 0))
        .isEqualTo(new SnapshotHashKv(1084519789L, 1, -1));
  }

  @Test
  void withoutCompactionAllCountUpToTheRevision() throws Exception {
    SnapshotBuilder file = overwrittenAndDeleted();
    assertHash(file, -1, 1084519789L);
    assertHash(file, 1, 1084519789L);
    assertHash(file, 2, 3305255506L);
    assertHash(file, 3, 3581052765L);
    assertHash(file, 4, 2499341612L);
    assertThat(hash(file, 0)).isEqualTo(new SnapshotHashKv(3966920819L, 5, -1));
    assertRefused(file, 9, "is a future revision");
    assertHash(transactionAndLease(), 2, 327571784L);
    assertHash(transactionAndLease(), 3, 1451259937L);
    assertHash(transactionAndLease(), 5, 1582197950L);
  }

  @Test
  void belowTheCompactRevisionOnlyWhatIsLiveAtTheRevisionCounts() throws Exception {
    SnapshotBuilder at4 = fiveChanges().compacted(4, 4);
    assertHash(fiveChanges(), 0, 1448948654L);
    assertHash(at4, 5, 194725478L);
    assertThat(hash(at4, 0)).isEqualTo(new SnapshotHashKv(2146041356L, 6, 4));
    assertRefused(at4, 3, "has been compacted");
    assertHash(fiveChanges().compacted(5, 5), 0, 3413701749L);
    assertHash(fiveChanges().compacted(6, 6), 0, 3413701749L);
    assertHash(transactionAndLease().compacted(4, 4), 0, 2213531232L);
  }

  @Test
  void aCompactionThatWasBegunCountsAsMade() throws Exception {
    assertThat(hash(fiveChanges().compacted(5, 4), 0))
        .isEqualTo(new SnapshotHashKv(3413701749L, 6, 5));
  }

  @Test
  void whereNothingIsLiveAllThatIsThereCounts() throws Exception {
    SnapshotBuilder file =
        SnapshotBuilder.withAllBuckets().put(2, "a", "1").delete(3, "a").compacted(2, 2);
    assertHash(file, 0, 3520211144L);
  }

  @Test
  void theMarkOfABumpedRevisionCounts() throws Exception {
    SnapshotBuilder file = transactionAndLease().bump(1005);
    assertThat(hash(file, 0)).isEqualTo(new SnapshotHashKv(2102561509L, 1005, 1005));
  }

  @Test
  void authIsOfNoConcern() throws Exception {
    assertHash(overwrittenAndDeleted().hex("auth", "61757468456e61626c6564", "01"), 0, 3966920819L);
  }

  @Test
  void theFileIsAsItWas() throws Exception {
    Path file = fiveChanges().compacted(5, 4).write(directory.resolve("s.db"));
    byte[] before = Files.readAllBytes(file);
    SnapshotHashKv.of(file, 0, Progress.NONE);
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
  }
}
