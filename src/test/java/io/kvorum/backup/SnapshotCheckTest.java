package io.kvorum.backup;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.sealing.MasterKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotCheckTest {
  @TempDir private Path directory;

  private void verify(byte[] file, long revision) throws IOException {
    Path path = Files.write(directory.resolve("s.db"), file);
    SnapshotCheck.verify(path, MasterKeys.NONE, revision, Progress.NONE);
  }

  private static SnapshotBuilder snapshot() {
    return SnapshotBuilder.withAllBuckets().put(2, "a", "1").put(5, "b", "2");
  }

  @Test
  void aWholeSnapshotOfThatRevisionIsAccepted() {
    assertThatCode(() -> verify(snapshot().bytes(), 5)).doesNotThrowAnyException();
    assertThatCode(() -> verify(SnapshotBuilder.withAllBuckets().bytes(), 1))
        .as("an empty store")
        .doesNotThrowAnyException();
    assertThatCode(() -> verify(snapshot().compacted(7, 7).bytes(), 7))
        .as("a store whose last change was a deletion that is compacted")
        .doesNotThrowAnyException();
  }

  @Test
  void anotherRevisionIsRefused() {
    assertThatThrownBy(() -> verify(snapshot().bytes(), 6))
        .isInstanceOf(SnapshotException.class)
        .hasMessage("it ends at revision 5 instead of 6");
  }

  @Test
  void aFileThatEndsEarlyIsRefused() throws IOException {
    byte[] whole = snapshot().bytes();
    for (int length : new int[] {whole.length - 1, whole.length - 32, whole.length - 4096, 0}) {
      assertThatThrownBy(() -> verify(Arrays.copyOf(whole, length), 5))
          .as("%d bytes", length)
          .isInstanceOf(IOException.class);
    }
  }

  /** Its hash is right: it was unsound before it was written. */
  @Test
  void anUnsoundStructureIsRefused() throws IOException {
    byte[] image = snapshot().image();
    int page = image.length - 4096;
    image[page + 8] ^= 0x40;
    byte[] whole = Arrays.copyOf(image, image.length + 32);
    System.arraycopy(SnapshotHash.digest().digest(image), 0, whole, image.length, 32);
    assertThatThrownBy(() -> verify(whole, 5))
        .isInstanceOf(SnapshotException.class)
        .hasMessageContaining("integrity check failed");
  }
}
