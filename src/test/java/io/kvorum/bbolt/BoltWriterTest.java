package io.kvorum.bbolt;

import static io.kvorum.bbolt.BoltFiles.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoltWriterTest {
  @TempDir private Path directory;

  @Test
  void whatIsWrittenIsReadBackAndFoundSound() throws IOException {
    for (long seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      LargeBucket key = LargeBucket.random("key", random.nextInt(300), 20, random);
      LargeBucket longKeys = LargeBucket.random("longKeys", random.nextInt(30), 9_000, random);
      BucketSource small = BucketSource.of("a", List.of(entry("x", "1"), entry("y", "")));
      Path file =
          BoltFiles.write(directory, key, small, longKeys, BucketSource.of("none", List.of()));

      assertThat(BoltFiles.check(file).errors()).as("seed %d", seed).isEmpty();
      assertThat(BoltFiles.read(file, "key")).as("seed %d", seed).isEqualTo(key.all());
      assertThat(BoltFiles.read(file, "longKeys")).as("seed %d", seed).isEqualTo(longKeys.all());
      assertThat(BoltFiles.read(file, "a")).containsExactly(entry("x", "1"), entry("y", ""));
      assertThat(BoltFiles.read(file, "none")).isEmpty();
    }
  }

  @Test
  void theFirstBytesAndTheLengthNeedNoContent() throws IOException {
    LargeBucket bucket = LargeBucket.random("key", 300, 20, new Random(1));
    byte[] whole = BoltFiles.bytes(bucket);

    BoltWriter writer = new BoltWriter(List.of(new SizesAlone(bucket)));

    assertThat(writer.length()).isEqualTo(whole.length);
    assertThat(writer.next()).isEqualTo(Arrays.copyOf(whole, 2 * BoltFormat.PAGE_BYTES));
    assertThatThrownBy(writer::next).isInstanceOf(IOException.class).hasMessage("no content");
  }

  @Test
  void theMetasAreThoseOfASnapshot() throws IOException {
    ByteBuffer file = BoltFormat.littleEndian(BoltFiles.bytes());

    assertThat(file.capacity()).isEqualTo(3 * BoltFormat.PAGE_BYTES);
    for (int page = 0; page < 2; page++) {
      ByteBuffer meta = file.slice(page * 4096, 4096).order(file.order());
      assertThat(meta.getLong(0)).isEqualTo(page);
      assertThat(meta.getShort(8)).isEqualTo((short) 4);
      assertThat(meta.getInt(16)).isEqualTo(0xED0CDAED);
      assertThat(meta.getInt(24)).isEqualTo(4096);
      assertThat(meta.getLong(32)).as("root").isEqualTo(2);
      assertThat(meta.getLong(48)).as("freelist").isEqualTo(-1);
      assertThat(meta.getLong(56)).as("high-water mark").isEqualTo(3);
      assertThat(meta.getLong(64)).as("txid").isEqualTo(2 - page);
    }
  }

  @Test
  void aBranchHasTheBytesOfTheWorkedExample() throws IOException {
    List<List<BoltEntry>> leaves =
        List.of(List.of(entry("k00", "v")), List.of(entry("k03", "v"), entry("k04", "v")));
    byte[] file = BoltFiles.bytes(BucketSource.of("a", List.of()), new LargeBucket("key", leaves));

    String expected =
        "05000000000000000100020000000000"
            + "20000000030000000300000000000000"
            + "13000000030000000400000000000000"
            + "6b30306b3033";
    byte[] branch = Arrays.copyOfRange(file, 5 * 4096, 5 * 4096 + expected.length() / 2);
    assertThat(HexFormat.of().formatHex(branch)).isEqualTo(expected);
  }

  @Test
  void everyBranchHasTwoChildren() throws IOException {
    for (int leaves = 2; leaves < 500; leaves += leaves % 125 < 4 ? 1 : 11) {
      List<List<BoltEntry>> content =
          IntStream.range(0, leaves)
              .mapToObj(i -> List.of(entry(String.format("%017d", i), "v")))
              .toList();
      byte[] bytes = BoltFiles.bytes(new LargeBucket("key", content));
      ByteBuffer file = BoltFormat.littleEndian(bytes);
      for (int at = 2 * 4096; at < bytes.length; at += 4096) {
        if (file.getShort(at + 8) == BoltFormat.BRANCH) {
          if (file.getShort(at + 10) < 2) {
            fail(leaves + " leaves");
          }
        }
      }
    }
  }

  @Test
  void aLongKeyIsNeverLeftAloneInABranch() throws IOException {
    for (int leaves = 2; leaves < 12; leaves++) {
      List<List<BoltEntry>> content = new ArrayList<>();
      for (int i = 0; i < leaves; i++) {
        content.add(List.of(entry((char) ('a' + i) + "k".repeat(30_000), "v")));
      }
      LargeBucket bucket = new LargeBucket("key", content);
      Path file = BoltFiles.write(directory, bucket);

      assertThat(BoltFiles.check(file).errors()).isEmpty();
      assertThat(BoltFiles.read(file, "key")).isEqualTo(bucket.all());
    }
  }

  @Test
  void contentOtherThanAnnouncedIsRefused() {
    List<BoltEntry> announced = List.of(entry("b", "1"), entry("c", "2"));

    assertRefused(announced, List.of(entry("b", "1"), entry("c", "23")), "has 37 bytes");
    assertRefused(announced, List.of(entry("a", "1"), entry("c", "2")), "does not begin where");
    assertRefused(announced, List.of(), "has 0 entries");
    assertRefused(announced, List.of(entry("b", "1"), entry("b", "2")), "out of order");
    assertRefused(announced, List.of(entry("b", "11"), entry("", "2")), "a key of 0 bytes");
  }

  @Test
  void aLeafMayHaveNoMoreEntriesThanItsCountCanSay() {
    List<BoltEntry> entries =
        IntStream.range(0, 65_535).mapToObj(i -> entry(String.format("%06d", i), "")).toList();

    assertRefused(entries, entries, "has 65535 entries");
  }

  @Test
  void twoBucketsOfOneNameAreRefused() {
    BucketSource bucket = BucketSource.of("key", List.of());

    assertThatThrownBy(() -> new BoltWriter(List.of(bucket, bucket)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static void assertRefused(
      List<BoltEntry> announced, List<BoltEntry> content, String why) {
    LargeBucket sizes = new LargeBucket("key", List.of(announced));
    BoltWriter writer = new BoltWriter(List.of(new OtherContent(sizes, content)));
    assertThatThrownBy(
            () -> {
              while (writer.next() != null) {}
            })
        .isInstanceOf(BoltException.class)
        .hasMessageStartingWith("leaf 0 of bucket \"key\"")
        .hasMessageContaining(why);
  }

  /** A bucket whose content cannot be read. */
  private record SizesAlone(LargeBucket bucket) implements BucketSource {
    @Override
    public String name() {
      return bucket.name();
    }

    @Override
    public int leaves() {
      return bucket.leaves();
    }

    @Override
    public int leafBytes(int leaf) {
      return bucket.leafBytes(leaf);
    }

    @Override
    public byte[] firstKey(int leaf) {
      return bucket.firstKey(leaf);
    }

    @Override
    public List<BoltEntry> entries(int leaf) throws IOException {
      throw new IOException("no content");
    }
  }

  /** A bucket whose content is not what it announced. */
  private record OtherContent(LargeBucket bucket, List<BoltEntry> content) implements BucketSource {
    @Override
    public String name() {
      return bucket.name();
    }

    @Override
    public int leaves() {
      return bucket.leaves();
    }

    @Override
    public int leafBytes(int leaf) {
      return bucket.leafBytes(leaf);
    }

    @Override
    public byte[] firstKey(int leaf) {
      return bucket.firstKey(leaf);
    }

    @Override
    public List<BoltEntry> entries(int leaf) {
      return content;
    }
  }
}
