package io.kvorum.bbolt;

import static io.kvorum.bbolt.BoltFiles.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoltFileTest {
  private static final int PAGE = 4096;

  @TempDir private Path directory;

  /** The file of one bucket "key" holding a=b, inline, with an empty freelist. */
  private byte[] workedExample() {
    byte[] file = new byte[4 * PAGE];
    put(
        file,
        0,
        """
        00000000 00000000 0400 0000 00000000
        EDDA0CED 02000000 00100000 00000000
        03000000 00000000 00000000 00000000
        02000000 00000000 04000000 00000000
        01000000 00000000 0F487951 1A354C26
        """);
    System.arraycopy(file, 0, file, PAGE, 80);
    put(file, PAGE, "01");
    put(file, PAGE + 64, "00000000 00000000 EEFD8946 116E5107");
    put(file, 2 * PAGE, "02000000 00000000 1000 0000 00000000");
    put(
        file,
        3 * PAGE,
        """
        03000000 00000000 0200 0100 00000000
        01000000 10000000 03000000 32000000
        6B6579
        00000000 00000000 00000000 00000000
        00000000 00000000 0200 0100 00000000
        00000000 10000000 01000000 01000000
        61 62
        """);
    return file;
  }

  private static void put(byte[] file, int at, String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
    System.arraycopy(bytes, 0, file, at, bytes.length);
  }

  private Path write(byte[] content) throws IOException {
    return Files.write(directory.resolve("db"), content);
  }

  /** Changes a meta and makes its checksum right again. */
  private static void changeMeta(byte[] file, int at, Consumer<ByteBuffer> change) {
    ByteBuffer whole = BoltFormat.littleEndian(file);
    ByteBuffer meta = whole.slice(at, BoltFormat.META_END).order(whole.order());
    change.accept(meta);
    meta.putLong(BoltFormat.META_CHECKSUM_AT, BoltFormat.checksum(meta));
  }

  private void assertOpenFails(byte[] content, String why) throws IOException {
    Path path = write(content);
    assertThatThrownBy(() -> BoltFile.open(path)).isInstanceOf(BoltException.class).hasMessage(why);
  }

  private void assertReadFails(byte[] content, String why) throws IOException {
    Path path = write(content);
    assertThatThrownBy(() -> BoltFiles.read(path, "key"))
        .isInstanceOf(BoltException.class)
        .hasMessage(why);
    assertThat(BoltFiles.check(path).errors()).contains(why);
  }

  @Test
  void theWorkedExampleIsRead() throws IOException {
    Path path = write(workedExample());

    assertThat(BoltFiles.read(path, "key")).containsExactly(entry("a", "b"));
    assertThat(BoltFiles.check(path).errors()).isEmpty();
    try (BoltFile file = BoltFile.open(path)) {
      assertThat(file.bytes()).isEqualTo(4 * PAGE);
      assertThat(file.meta().txid()).isEqualTo(1);
      assertThat(file.bucket("lease")).isNull();
    }
  }

  @Test
  void whateverFollowsTheImageIsIgnored() throws IOException {
    byte[] file = Arrays.copyOf(workedExample(), 4 * PAGE + 32);

    assertThat(BoltFiles.read(write(file), "key")).hasSize(1);
  }

  @Test
  void theMetaOfTheHigherTransactionIsTaken() throws IOException {
    byte[] file = workedExample();
    changeMeta(file, PAGE, meta -> meta.putLong(64, 7).putLong(56, 5));
    try (BoltFile opened = BoltFile.open(write(file))) {
      assertThat(opened.meta().highWaterMark()).isEqualTo(5);
    }

    file[PAGE + 72]++;
    try (BoltFile opened = BoltFile.open(write(file))) {
      assertThat(opened.meta().highWaterMark()).isEqualTo(4);
    }
  }

  @Test
  void theSecondMetaIsFoundWithoutTheFirst() throws IOException {
    byte[] file = workedExample();
    file[20] = 9;

    assertThat(BoltFiles.read(write(file), "key")).hasSize(1);
  }

  @Test
  void pagesOfOtherSizesAreRead() throws IOException {
    for (int pageBytes : new int[] {1024, 8192}) {
      byte[] example = workedExample();
      byte[] file = new byte[4 * pageBytes];
      for (int page = 0; page < 4; page++) {
        System.arraycopy(example, page * PAGE, file, page * pageBytes, 200);
      }
      for (int page = 0; page < 2; page++) {
        changeMeta(file, page * pageBytes, meta -> meta.putInt(24, pageBytes));
      }
      assertThat(BoltFiles.read(write(file), "key")).containsExactly(entry("a", "b"));
      assertThat(BoltFiles.check(write(file)).isSound()).isTrue();

      file[16] = 0;
      assertThat(BoltFiles.read(write(file), "key")).containsExactly(entry("a", "b"));
    }
  }

  @Test
  void whatIsNoDatabaseIsRefused() throws IOException {
    assertOpenFails(new byte[0], "invalid database");
    assertOpenFails(new byte[10], "invalid database");
    assertOpenFails(new byte[5000], "file size too small 5000");
    assertOpenFails(new byte[100_000], "invalid database");
    assertOpenFails(Arrays.copyOf(workedExample(), 5000), "file size too small 5000");

    byte[] versions = workedExample();
    versions[20] = 3;
    versions[PAGE + 20] = 3;
    assertOpenFails(versions, "version mismatch");

    byte[] checksums = workedExample();
    checksums[72]++;
    checksums[PAGE + 72]++;
    assertOpenFails(checksums, "checksum error");
  }

  @Test
  void whatAMetaSaysMustBePossible() throws IOException {
    byte[] mark = workedExample();
    changeMeta(mark, 0, meta -> meta.putLong(56, -1));
    assertOpenFails(mark, "the high-water mark is out of bounds: 18446744073709551615");

    byte[] size = workedExample();
    changeMeta(size, 0, meta -> meta.putInt(24, 5000));
    changeMeta(size, PAGE, meta -> meta.putInt(24, 5000));
    assertOpenFails(size, "a page size of 5000 bytes is not supported");

    byte[] root = workedExample();
    changeMeta(root, 0, meta -> meta.putLong(32, 4));
    assertReadFails(root, "page 4 is out of bounds");
  }

  @Test
  void aCutFileIsReadAsFarAsItsPagesAreThere() throws IOException {
    byte[] file = Arrays.copyOf(workedExample(), 3 * PAGE);
    assertReadFails(file, "page 3 is beyond the end of the file");

    byte[] unused = workedExample();
    changeMeta(unused, 0, meta -> meta.putLong(56, 99).putLong(48, -1));
    assertThat(BoltFiles.read(write(unused), "key")).hasSize(1);
    assertThat(BoltFiles.check(write(unused)).errors()).isEmpty();
  }

  @Test
  void aPageMustBeWhatItIsTakenFor() throws IOException {
    byte[] id = workedExample();
    id[3 * PAGE] = 9;
    assertReadFails(id, "page 3: its own id is 9");

    byte[] type = workedExample();
    type[3 * PAGE + 8] = 0x12;
    assertReadFails(type, "page 3: unexpected page type 0x12");

    byte[] overflow = workedExample();
    overflow[3 * PAGE + 12] = 1;
    assertReadFails(overflow, "page 3 covers more pages than there are");

    byte[] count = workedExample();
    count[3 * PAGE + 11] = 1;
    assertReadFails(count, "page 3: 257 elements do not fit");

    byte[] position = workedExample();
    position[3 * PAGE + 23] = 1;
    assertReadFails(position, "page 3: element 0 does not fit");

    byte[] bucket = workedExample();
    bucket[3 * PAGE + 28] = 20;
    assertReadFails(bucket, "an inline bucket is cut");
  }

  @Test
  void keysOutOfOrderAreNoticed() throws IOException {
    byte[] file =
        BoltFiles.bytes(BucketSource.of("key", List.of(entry("a", "1"), entry("b", "2"))));
    file[2 * PAGE + 16 + 32] = 'c';

    assertReadFails(file, "page 2: the key \"b\" is out of order");
  }

  @Test
  void aTreeThatLeadsBackToItselfEnds() throws IOException {
    byte[] file =
        BoltFiles.bytes(
            new LargeBucket("key", List.of(List.of(entry("a", "1")), List.of(entry("b", "2")))));
    int branch = 4 * PAGE;
    assertThat(file[branch + 8]).isEqualTo((byte) BoltFormat.BRANCH);
    file[branch + 16 + 8] = 4;
    Path path = write(file);

    assertThatThrownBy(() -> BoltFiles.read(path, "key"))
        .isInstanceOf(BoltException.class)
        .hasMessage("page 4: the tree leads back to itself");
    assertThat(BoltFiles.check(path).errors()).containsExactly("page 4: multiple references");
  }

  @Test
  void aValueLongerThanIsSupportedIsRefusedUnread() throws IOException {
    byte[] file = BoltFiles.bytes(BucketSource.of("key", List.of(entry("a", "1"))));
    int pages = BoltFile.MAX_VALUE_BYTES / PAGE + 1;
    ByteBuffer leaf = BoltFormat.littleEndian(file);
    leaf.putInt(2 * PAGE + 12, pages);
    leaf.putInt(2 * PAGE + 28, BoltFile.MAX_VALUE_BYTES + 1);
    changeMeta(file, 0, meta -> meta.putLong(56, 10 + pages));
    Path path = write(file);
    try (var channel = Files.newByteChannel(path, java.nio.file.StandardOpenOption.WRITE)) {
      channel.position((20L + pages) * PAGE);
      channel.write(ByteBuffer.wrap(new byte[] {1}));
    }

    try (BoltFile opened = BoltFile.open(path)) {
      BoltCursor cursor = new BoltCursor(opened, opened.treePage(2));
      assertThatThrownBy(cursor::next)
          .isInstanceOf(BoltException.class)
          .hasMessageContaining("is longer than the 67108864 that are supported");
    }
  }
}
