package io.kvorum.bbolt;

import static io.kvorum.bbolt.BoltFiles.entry;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoltCheckTest {
  private static final int PAGE = 4096;

  @TempDir private Path directory;

  /** Leaves 2 and 3, branch 4, root 5. */
  private static byte[] twoLeaves() throws IOException {
    return BoltFiles.bytes(
        new LargeBucket("key", List.of(List.of(entry("b", "1")), List.of(entry("d", "2")))));
  }

  /** The same with further pages, of which the first is the freelist and the others are free. */
  private static byte[] withFreelist(long... ids) throws IOException {
    byte[] file = Arrays.copyOf(twoLeaves(), 9 * PAGE);
    ByteBuffer bytes = BoltFormat.littleEndian(file);
    bytes.putLong(6 * PAGE, 6).putShort(6 * PAGE + 8, (short) BoltFormat.FREELIST);
    bytes.putShort(6 * PAGE + 10, (short) ids.length);
    for (int i = 0; i < ids.length; i++) {
      bytes.putLong(6 * PAGE + 16 + 8 * i, ids[i]);
    }
    for (int page = 0; page < 2; page++) {
      ByteBuffer meta = bytes.slice(page * PAGE, 80).order(bytes.order());
      meta.putLong(48, 6).putLong(56, 9);
      meta.putLong(BoltFormat.META_CHECKSUM_AT, BoltFormat.checksum(meta));
    }
    return file;
  }

  private List<String> errors(byte[] file) throws IOException {
    return BoltFiles.check(Files.write(directory.resolve("db"), file)).errors();
  }

  @Test
  void eachPageIsReachableOrFree() throws IOException {
    assertThat(errors(withFreelist(7, 8))).isEmpty();
    assertThat(errors(withFreelist(8))).containsExactly("page 7: unreachable unfreed");
    assertThat(errors(withFreelist(3, 7, 8))).containsExactly("page 3: reachable freed");
    assertThat(errors(withFreelist(7, 7, 8))).containsExactly("page 7: already freed");
    assertThat(errors(withFreelist(7, 8, 9))).containsExactly("page 9: freed, but out of bounds");
  }

  @Test
  void theLongFormOfTheFreelistIsRead() throws IOException {
    byte[] file = withFreelist(2, 7, 8);
    file[6 * PAGE + 10] = (byte) 0xFF;
    file[6 * PAGE + 11] = (byte) 0xFF;
    assertThat(errors(file)).isEmpty();

    ByteBuffer.wrap(file).putLong(6 * PAGE + 16, -1);
    assertThat(errors(file)).contains("page 6: a freelist of 18446744073709551615 pages");
    BoltFormat.littleEndian(file).putLong(6 * PAGE + 16, 9);
    assertThat(errors(file)).contains("page 0: freed, but out of bounds");
  }

  @Test
  void withoutAFreelistUnreachablePagesAreRight() throws IOException {
    byte[] file = withFreelist(7, 8);
    for (int page = 0; page < 2; page++) {
      ByteBuffer whole = BoltFormat.littleEndian(file);
      ByteBuffer meta = whole.slice(page * PAGE, 80).order(whole.order());
      meta.putLong(48, -1);
      meta.putLong(BoltFormat.META_CHECKSUM_AT, BoltFormat.checksum(meta));
    }
    assertThat(errors(file)).isEmpty();
  }

  @Test
  void aPageIsReachedOnce() throws IOException {
    byte[] file = twoLeaves();
    file[4 * PAGE + 32 + 8] = 2;

    assertThat(errors(file)).containsExactly("page 2: multiple references");
  }

  @Test
  void keysLieWithinTheBoundsOfTheBranches() throws IOException {
    byte[] below = twoLeaves();
    below[4 * PAGE + 48] = 'c';
    assertThat(errors(below)).containsExactly("page 2: the key \"b\" is out of order");

    byte[] above = twoLeaves();
    above[2 * PAGE + 32] = 'd';
    assertThat(errors(above)).containsExactly("page 2: the key \"d\" is out of order");

    byte[] smaller = twoLeaves();
    smaller[4 * PAGE + 48] = 'a';
    assertThat(errors(smaller)).as("a branch may be below its child").isEmpty();
  }

  @Test
  void allThatIsWrongIsCountedAndTheFirstIsReported() throws IOException {
    List<List<BoltEntry>> leaves = new ArrayList<>();
    IntStream.range(0, 150).forEach(i -> leaves.add(List.of(entry(String.format("%04d", i), "v"))));
    byte[] file = BoltFiles.bytes(new LargeBucket("key", leaves));
    for (int leaf = 0; leaf < 150; leaf++) {
      file[(2 + leaf) * PAGE] ^= 0x40;
    }
    BoltCheck.Result result = BoltFiles.check(Files.write(directory.resolve("db"), file));

    assertThat(result.count()).isEqualTo(150);
    assertThat(result.errors()).hasSize(100);
    assertThat(result.isSound()).isFalse();
  }

  @Test
  void progressIsToldUpToTheLengthOfTheFile() throws IOException {
    Path path = BoltFiles.write(directory, LargeBucket.random("key", 50, 20, new Random(7)));
    long[] last = new long[1];
    try (BoltFile file = BoltFile.open(path)) {
      BoltCheck.check(
          file,
          bytes -> {
            assertThat(bytes).isGreaterThan(last[0]);
            last[0] = bytes;
          });
      assertThat(last[0]).isEqualTo(file.bytes() - 2 * PAGE);
    }
  }
}
