package io.kvorum.sealing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyListTest {
  @TempDir private Path place;
  private Path directory;
  private MasterKeys keys;

  @BeforeEach
  void writeAList() throws IOException {
    directory = Files.createDirectory(place.resolve("db"));
    keys = keys("k1", "k0");
    KeyList.ofNew(directory, keys).write(directory, keys);
  }

  private MasterKeys keys(String... lines) throws IOException {
    return MasterKeys.read(KeyFiles.write(place.resolve("keys"), lines));
  }

  private Path file() {
    return directory.resolve(KeyList.FILE);
  }

  @Test
  void itIsReadAsItWasWritten() throws IOException {
    KeyList mixed = KeyList.plain(directory).with(keys).with(keys("k2", "k1"));
    assertThat(mixed.hasPlain()).isTrue();
    assertThat(mixed.keys()).extracting(KeyList.Name::id).containsExactly("k2", "k1");
    MasterKeys all = keys("k2", "k1");
    mixed.write(directory, all);
    assertThat(KeyList.verified(directory, all)).isEqualTo(mixed);
    assertThat(mixed.isOnly(all)).isFalse();
    assertThat(KeyList.ofNew(directory, all).isOnly(all)).isTrue();
  }

  @Test
  void withoutAListEverythingIsInTheClear() throws IOException {
    Files.delete(file());
    assertThat(KeyList.verified(directory, MasterKeys.NONE)).isEqualTo(KeyList.plain(directory));
    assertThat(KeyList.plain(directory).isOnly(MasterKeys.NONE)).isTrue();
  }

  @Test
  void withoutItsKeysItIsRefusedWithWhatToDo() throws IOException {
    assertThatThrownBy(() -> KeyList.verified(directory, MasterKeys.NONE))
        .isInstanceOf(UnusableKeysException.class)
        .hasMessage(
            "the database "
                + directory
                + " is sealed with the key k1: give --encryption-key-file, with a file that has"
                + " this key");
    MasterKeys others = keys("k2");
    assertThatThrownBy(() -> KeyList.verified(directory, others))
        .hasMessage(
            "the database "
                + directory
                + " is sealed with the key k1, which "
                + place.resolve("keys")
                + " lacks: add it there again");
    MasterKeys wrong = keys("k1:" + KeyFiles.secret("another"));
    assertThatThrownBy(() -> KeyList.verified(directory, wrong))
        .hasMessageContaining("has another key of that id");
  }

  @Test
  void eachChangedByteIsNoticed() throws IOException {
    byte[] written = Files.readAllBytes(file());
    for (int at = 0; at < written.length; at++) {
      byte[] changed = written.clone();
      changed[at] ^= 0x01;
      Files.write(file(), changed);
      assertThatThrownBy(() -> KeyList.verified(directory, keys))
          .as("byte %d", at)
          .isInstanceOf(UnusableKeysException.class);
    }
  }

  @Test
  void aLineThatSomebodyAddsIsNoticed() throws IOException {
    String text = Files.readString(file());
    Files.writeString(file(), text.replace("kvorum-sealing 1\n", "kvorum-sealing 1\nplain\n"));
    assertThatThrownBy(() -> KeyList.verified(directory, keys))
        .hasMessageContaining("sealing.keys is damaged");
  }
}
