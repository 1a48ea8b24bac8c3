package io.kvorum.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.bbolt.BoltException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotStatusTest {
  @TempDir private Path directory;

  private SnapshotStatus status(byte[] file) throws IOException {
    return SnapshotStatus.of(Files.write(directory.resolve("s.db"), file), Progress.NONE);
  }

  @Test
  void whatIsShownIsThatOfEtcdsTools() throws IOException {
    SnapshotBuilder builder =
        SnapshotBuilder.withAllBuckets()
            .put(2, "a", "1")
            .put(3, "b", "1")
            .delete(4, "a")
            .put(5, 0, "b", "2", 3, 2, 0)
            .entry("meta", "storageVersion", "3.7.0");
    CRC32C hash = new CRC32C();
    for (String bucket : new String[] {"alarm", "auth", "authRoles", "authUsers", "cluster"}) {
      hash.update(bucket.getBytes(StandardCharsets.UTF_8));
    }
    hash.update("key".getBytes(StandardCharsets.UTF_8));
    for (byte[] part :
        new byte[][] {
          SnapshotBuilder.revision(2, 0), {10, 1, 'a', 16, 2, 24, 2, 32, 1, 42, 1, '1'},
          SnapshotBuilder.revision(3, 0), {10, 1, 'b', 16, 3, 24, 3, 32, 1, 42, 1, '1'},
          Arrays.copyOf(SnapshotBuilder.revision(4, 0), 17), {'t', 10, 1, 'a'},
          SnapshotBuilder.revision(5, 0), {10, 1, 'b', 16, 3, 24, 5, 32, 2, 42, 1, '2'}
        }) {
      hash.update(part);
    }
    hash.update(
        "leasemembersmembers_removedmetastorageVersion3.7.0".getBytes(StandardCharsets.UTF_8));

    assertThat(status(builder.bytes()))
        .isEqualTo(new SnapshotStatus(hash.getValue(), 5, 1, 5, builder.image().length, "3.7.0"));
  }

  @Test
  void anEmptyStoreHasRevisionZeroWhateverItsMarksSay() throws IOException {
    SnapshotStatus status = status(SnapshotBuilder.withAllBuckets().compacted(9, 9).bytes());

    assertThat(status.revision()).isZero();
    assertThat(status.liveKeys()).isZero();
    assertThat(status.entries()).isEqualTo(2);
    assertThat(status.version()).isEmpty();
  }

  @Test
  void theHashAtTheEndIsNotLookedAt() throws IOException {
    byte[] file = SnapshotBuilder.withAllBuckets().put(2, "a", "1").bytes();
    SnapshotStatus status = status(file);
    file[file.length - 1]++;

    assertThat(status(file)).isEqualTo(status);
    assertThat(status(Arrays.copyOf(file, file.length - 32))).isEqualTo(status);
  }

  @Test
  void aStructureThatIsUnsoundIsReportedLineByLine() throws IOException {
    byte[] file = SnapshotBuilder.withAllBuckets().put(2, "a", "1").bytes();
    file[2 * 4096]++;
    file[3 * 4096]++;

    assertThatThrownBy(() -> status(file))
        .isInstanceOfSatisfying(
            SnapshotException.class,
            unsound -> {
              assertThat(unsound)
                  .hasMessage("snapshot file integrity check failed. 2 errors found.");
              assertThat(unsound.details())
                  .containsExactly("page 2: its own id is 3", "page 3: its own id is 4");
            });
  }

  @Test
  void filesOfOtherKindsAreRefused() {
    assertThatThrownBy(() -> status(new byte[10]))
        .isInstanceOf(BoltException.class)
        .hasMessage("invalid database");
    assertThatThrownBy(() -> status(Arrays.copyOf(SnapshotBuilder.withAllBuckets().bytes(), 5000)))
        .isInstanceOf(BoltException.class)
        .hasMessage("file size too small 5000");
    assertThatThrownBy(() -> SnapshotStatus.of(directory.resolve("nofile.db"), Progress.NONE))
        .isInstanceOf(SnapshotException.class)
        .hasMessage("stat " + directory.resolve("nofile.db") + ": no such file or directory");
    assertThatThrownBy(() -> status(new SnapshotBuilder().entry("key", "short", "").bytes()))
        .isInstanceOf(SnapshotException.class)
        .hasMessage(
            "error during bucket key iteration, name: \"key\" err: cannot parse revision key:"
                + " \"short\" err: invalid revision length: 5");
  }

  @Test
  void progressEndsWithTheFile() throws IOException {
    long[] last = new long[3];
    byte[] file = SnapshotBuilder.withAllBuckets().put(2, "a", "1".repeat(9000)).bytes();
    SnapshotStatus.of(
        Files.write(directory.resolve("s.db"), file),
        (step, done, total) -> {
          assertThat(done).isBetween(1L, total);
          last[step.ordinal()] = done;
        });

    assertThat(last[Progress.Step.CHECK.ordinal()]).isEqualTo(file.length - 32 - 2 * 4096);
    assertThat(last[Progress.Step.READ.ordinal()]).isGreaterThan(9000);
  }
}
