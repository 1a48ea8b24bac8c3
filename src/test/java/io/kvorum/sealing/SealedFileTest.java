package io.kvorum.sealing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SealedFileTest {
  private static final int CHUNK = SealedFormat.CHUNK_BYTES;

  @TempDir private Path directory;
  private MasterKeys keys;

  @BeforeEach
  void makeKeys() throws IOException {
    keys = MasterKeys.read(KeyFiles.write(directory.resolve("keys"), "k1"));
  }

  private static byte[] content(int length) {
    byte[] content = new byte[length];
    new Random(length).nextBytes(content);
    return content;
  }

  private Path seal(byte[] content, int pieceBytes) throws IOException {
    Path file = directory.resolve("sealed");
    try (FileChannel out =
            FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE);
        SealedWriter writer = new SealedWriter(out, keys.keys().get(0))) {
      for (int at = 0; at < content.length; at += pieceBytes) {
        writer.write(ByteBuffer.wrap(content, at, Math.min(pieceBytes, content.length - at)));
      }
      writer.finish();
    }
    return file;
  }

  private byte[] open(Path file) throws IOException {
    try (SeekableByteChannel opened = SealedFile.open(file, keys);
        InputStream in = Channels.newInputStream(opened)) {
      return in.readAllBytes();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 17})
  void contentOfEachLengthComesBack(int length) throws IOException {
    byte[] content = content(length);
    Path file = seal(content, 10_000);
    assertThat(open(file)).isEqualTo(content);
    assertThat(Files.size(file)).isEqualTo(SealedWriter.lengthOf(length, keys.keys().get(0)));
    assertThat(SealedFile.isSealed(file)).isTrue();
  }

  @Test
  void anyPartCanBeRead() throws IOException {
    byte[] content = content(5 * CHUNK + 100);
    Path file = seal(content, CHUNK);
    Random random = new Random(1);
    try (SeekableByteChannel opened = SealedFile.open(file, keys)) {
      assertThat(opened.size()).isEqualTo(content.length);
      for (int i = 0; i < 50; i++) {
        int at = random.nextInt(content.length);
        ByteBuffer part = ByteBuffer.allocate(Math.min(4_096, content.length - at));
        opened.position(at);
        while (part.hasRemaining()) {
          opened.read(part);
        }
        assertThat(part.array()).isEqualTo(Arrays.copyOfRange(content, at, at + part.capacity()));
      }
    }
  }

  @Test
  void aPlainFileIsReadAsItIs() throws IOException {
    Path file = Files.write(directory.resolve("plain"), content(1000));
    assertThat(open(file)).isEqualTo(content(1000));
    assertThat(SealedFile.isSealed(file)).isFalse();
  }

  @Test
  void eachChangedByteIsNoticed() throws IOException {
    Path file = seal(content(100), 100);
    byte[] sealed = Files.readAllBytes(file);
    for (int at = SealedFormat.MAGIC.length; at < sealed.length; at++) {
      byte[] changed = sealed.clone();
      changed[at] ^= 0x01;
      Files.write(file, changed);
      assertThatThrownBy(() -> open(file)).as("byte %d", at).isInstanceOf(IOException.class);
    }
  }

  @Test
  void eachTruncationIsNoticedWhenItIsOpened() throws IOException {
    Path file = seal(content(2 * CHUNK), CHUNK);
    byte[] sealed = Files.readAllBytes(file);
    int oneChunkLess = sealed.length - SealedFormat.SEALED_CHUNK_BYTES;
    for (int length : new int[] {8, 9, 20, 37, 60, oneChunkLess, sealed.length - 1}) {
      Files.write(file, Arrays.copyOf(sealed, length));
      assertThatThrownBy(() -> SealedFile.open(file, keys).close())
          .as("%d bytes", length)
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void chunksThatWereSwappedOrRepeatedAreNoticed() throws IOException {
    Path file = seal(content(3 * CHUNK + 10), CHUNK);
    byte[] sealed = Files.readAllBytes(file);
    int header = SealedFormat.headerBytes("k1".length());
    int chunk = SealedFormat.SEALED_CHUNK_BYTES;
    byte[] swapped = sealed.clone();
    System.arraycopy(sealed, header, swapped, header + chunk, chunk);
    System.arraycopy(sealed, header + chunk, swapped, header, chunk);
    Files.write(file, swapped);
    assertThatThrownBy(() -> open(file)).isInstanceOf(BrokenSealException.class);
    byte[] longer = Arrays.copyOf(sealed, sealed.length + chunk);
    System.arraycopy(
        sealed, header + chunk, longer, header + 2 * chunk, sealed.length - header - chunk);
    Files.write(file, longer);
    assertThatThrownBy(() -> open(file)).isInstanceOf(BrokenSealException.class);
  }

  @Test
  void withoutItsKeyItIsRefusedWithTheIdOfTheKey() throws IOException {
    Path file = seal(content(10), 10);
    assertThatThrownBy(() -> SealedFile.open(file, MasterKeys.NONE).close())
        .isInstanceOf(UnusableKeysException.class)
        .hasMessageContaining("sealed with the key k1: give --encryption-key-file");
    MasterKeys others = MasterKeys.read(KeyFiles.write(directory.resolve("others"), "k2"));
    assertThatThrownBy(() -> SealedFile.open(file, others).close())
        .hasMessageContaining("k1")
        .hasMessageEndingWith("others lacks");
  }
}
