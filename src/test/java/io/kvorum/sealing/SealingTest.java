package io.kvorum.sealing;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.CapturedLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SealingTest {
  @TempDir private Path directory;

  @Test
  void aBrokenReplacementIsReportedOnceAndTheFormerKeysStay() throws IOException {
    Path file = KeyFiles.write(directory.resolve("keys"), "k1");
    Sealing sealing = Sealing.of(file);
    try (CapturedLog log = CapturedLog.of(Sealing.class)) {
      Files.writeString(file, "nonsense\n");
      sealing.reread(List.of());
      assertThat(log.lines()).as("it may be half written").isEmpty();
      sealing.reread(List.of());
      sealing.reread(List.of());
      assertThat(log.lines())
          .singleElement()
          .asString()
          .contains("line 1 has no id", "the former keys stay in use");
      assertThat(sealing.keys().active().orElseThrow().id()).isEqualTo("k1");
      KeyFiles.write(file, "k2", "k1");
      sealing.reread(List.of());
      assertThat(sealing.keys().active().orElseThrow().id()).isEqualTo("k2");
      assertThat(log.lines()).last().asString().contains("new data is sealed with the key k2");
    }
  }

  @Test
  void aKeyThatIsStillNeededCannotBeTakenAway() throws IOException {
    Path file = KeyFiles.write(directory.resolve("keys"), "k1");
    Sealing sealing = Sealing.of(file);
    KeyList needed = KeyList.ofNew(directory, sealing.keys());
    try (CapturedLog log = CapturedLog.of(Sealing.class)) {
      KeyFiles.write(file, "k2");
      sealing.reread(List.of(needed));
      sealing.reread(List.of(needed));
      assertThat(log.lines()).singleElement().asString().contains("k1", "add it there again");
      assertThat(sealing.keys().active().orElseThrow().id()).isEqualTo("k1");
    }
  }
}
