package io.kvorum.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.boot.IdentityFile.Stage;
import io.kvorum.boot.IdentityFile.Stored;
import io.kvorum.service.Identity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class IdentityFileTest {
  /** Ids are unsigned: these have the highest bit. */
  private static final Identity IDENTITY =
      new Identity(0xef37ad9dc622a7c4L, 0x91bc3c398fb3c146L, "m1");

  @TempDir private Path directory;
  private IdentityFile file;

  @BeforeEach
  void inAnEmptyDirectory() {
    file = new IdentityFile(directory);
  }

  @Test
  void thereIsNoneBeforeTheFirstStart() throws IOException {
    assertThat(file.load("m1")).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Stage.class)
  void whatIsSavedIsFoundAgainUnderTheNameOfTheDay(Stage stage) throws IOException {
    file.save(IDENTITY, stage);
    assertThat(new IdentityFile(directory).load("renamed"))
        .contains(
            new Stored(new Identity(IDENTITY.clusterId(), IDENTITY.memberId(), "renamed"), stage));
  }

  @Test
  void aLaterStageReplacesTheFormerOneAndLeavesNothingBeside() throws IOException {
    file.save(IDENTITY, Stage.JOINING);
    file.save(IDENTITY, Stage.MEMBER);
    assertThat(file.load("m1")).contains(new Stored(IDENTITY, Stage.MEMBER));
    assertThat(directory).isDirectoryContaining(path -> path.endsWith("identity.properties"));
    assertThat(directory.toFile().list()).hasSize(1);
  }

  @Test
  void aFileOfTheFirstVersionIsThatOfAMember() throws IOException {
    write("cluster-id=ef37ad9dc622a7c4\nmember-id=91bc3c398fb3c146\n");
    assertThat(file.load("m1")).contains(new Stored(IDENTITY, Stage.MEMBER));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "member-id=1",
        "cluster-id=1",
        "cluster-id=x\nmember-id=1",
        "cluster-id=1\nmember-id=1\nstage=leaving",
        "cluster-id=\\uXYZ"
      })
  void aDamagedFileIsNamed(String text) throws IOException {
    write(text);
    assertThatThrownBy(() -> file.load("m1"))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(directory.resolve("identity.properties") + " is damaged: ");
  }

  private void write(String text) throws IOException {
    Files.writeString(directory.resolve("identity.properties"), text);
  }
}
