package io.kvorum.backup;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskReserveTest {
  private static final long MIB = 1 << 20;

  /** Another file system on every Linux. */
  private static final Path ELSEWHERE = Path.of("/proc");

  @TempDir private Path directory;

  @Test
  void theMemberThatSharesTheDiskIsLeftAReserve() throws IOException {
    long free = Files.getFileStore(directory).getUsableSpace();
    assumeTrue(free > 2 * DiskReserve.RESERVE_BYTES, "too little disk to try");
    Path data = Files.createDirectory(directory.resolve("data"));
    DiskReserve shared = new DiskReserve(directory, List.of(ELSEWHERE, data));
    assertThatCode(() -> shared.require(MIB)).doesNotThrowAnyException();
    assertThatThrownBy(() -> shared.require(free - DiskReserve.RESERVE_BYTES / 2))
        .isInstanceOf(IOException.class)
        .hasMessageMatching(
            "no space left: \\d+ MiB are needed, \\d+ MiB are free, and 512 MiB of them are for"
                + " the member, whose data is on the same disk");
    assertThatCode(
            () ->
                new DiskReserve(directory, List.of(ELSEWHERE))
                    .require(free - DiskReserve.RESERVE_BYTES / 2))
        .doesNotThrowAnyException();
  }

  @Test
  void moreThanThereIsIsRefusedAnywhere() throws IOException {
    long free = Files.getFileStore(directory).getUsableSpace();
    assertThatThrownBy(
            () -> new DiskReserve(directory, List.of(ELSEWHERE)).require(free + (10L << 30)))
        .hasMessageMatching("no space left: \\d+ MiB are needed, \\d+ MiB are free");
    assertThatCode(() -> new DiskReserve(ELSEWHERE, List.of()).require(Long.MAX_VALUE))
        .as("a file system that has no size")
        .doesNotThrowAnyException();
  }
}
