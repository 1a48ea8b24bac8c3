package io.kvorum.sealing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MasterKeysTest {
  @TempDir private Path directory;

  private Path file() {
    return directory.resolve("keys");
  }

  @Test
  void theFirstKeyIsTheActiveOne() throws IOException {
    MasterKeys keys = MasterKeys.read(KeyFiles.write(file(), "new", "old"));
    assertThat(keys.active().orElseThrow().id()).isEqualTo("new");
    assertThat(keys.keys()).extracting(MasterKey::id).containsExactly("new", "old");
    assertThat(keys).hasToString("[new, old]");
  }

  @Test
  void afterPlainNoKeyIsActive() throws IOException {
    MasterKeys keys = MasterKeys.read(KeyFiles.write(file(), "plain", "old"));
    assertThat(keys.active()).isEmpty();
    assertThat(keys.find("old")).isPresent();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          k1:c2hvcnQ=                | the key k1 has 5 bytes instead of 32; make one: openssl rand -base64 32
          k1:-+-+                    | the key k1 is not in base64; make one: openssl rand -base64 32
          :c2hvcnQ=                  | line 3 has no id; write <id>:<base64 of 32 random bytes>
          plain:c2hvcnQ=             | line 3 has no id; write <id>:<base64 of 32 random bytes>
          a key:c2hvcnQ=             | line 3 has no id; write <id>:<base64 of 32 random bytes>
          """)
  void aMalformedKeyIsRefusedWithWhatToWrite(String line, String reason) throws IOException {
    Path file = KeyFiles.write(file(), line);
    assertThatThrownBy(() -> MasterKeys.read(file))
        .isInstanceOf(UnusableKeysException.class)
        .hasMessageStartingWith("cannot use the encryption keys in " + file + ": " + reason);
  }

  @Test
  void noRefusalShowsASecret() throws IOException {
    String secret = KeyFiles.secret("k1");
    Path file = KeyFiles.write(file(), secret);
    assertThatThrownBy(() -> MasterKeys.read(file))
        .satisfies(refusal -> assertThat(refusal.getMessage()).doesNotContain(secret));
  }

  @Test
  void twinsAreRefused() throws IOException {
    Path sameId = KeyFiles.write(file(), "k1", "k1");
    assertThatThrownBy(() -> MasterKeys.read(sameId))
        .hasMessageEndingWith("there are two keys with the id k1");
    Path sameSecret = KeyFiles.write(file(), "k1", "k2:" + KeyFiles.secret("k1"));
    assertThatThrownBy(() -> MasterKeys.read(sameSecret))
        .hasMessageEndingWith("the key k2 has the secret of another one");
  }

  @Test
  void plainBehindAKeyIsRefused() throws IOException {
    Path file = KeyFiles.write(file(), "k1", "plain");
    assertThatThrownBy(() -> MasterKeys.read(file))
        .hasMessageEndingWith("line 4: plain may stand in the first line only");
  }

  @Test
  void anEmptyOrMissingFileIsRefused() throws IOException {
    assertThatThrownBy(() -> MasterKeys.read(file()))
        .hasMessage("cannot use the encryption keys in " + file() + ": no such file or directory");
    Path empty = KeyFiles.write(file());
    assertThatThrownBy(() -> MasterKeys.read(empty)).hasMessageContaining("it has no key");
  }

  @ParameterizedTest
  @CsvSource({"rw-r--r--", "rw--w----", "rw-----w-"})
  void aFileThatOthersCanReadOrChangeIsRefused(String mode) throws IOException {
    Path file = KeyFiles.write(file(), "k1");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    assertThatThrownBy(() -> MasterKeys.read(file))
        .hasMessageEndingWith("others may read or change it; give it the mode 0400 or 0600");
  }
}
