package io.kvorum.derby;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryDirectoriesTest {
  @TempDir(factory = FastTempDir.class)
  Path member;

  private HistoryDirectories start() throws IOException {
    return HistoryDirectories.in(member);
  }

  private Path filled(Path directory) throws IOException {
    Files.createDirectories(directory.resolve("seg0"));
    Files.writeString(directory.resolve("seg0").resolve("c10.dat"), "data");
    return directory;
  }

  @Test
  void aNewMemberStandsOnTheDirectoryThatEveryMemberBeginsWith() throws IOException {
    HistoryDirectories directories = start();
    assertThat(directories.current()).isEqualTo(member.resolve("history"));
    assertThat(directories.incoming()).isEqualTo(member.resolve("history-1"));
    assertThat(member).isEmptyDirectory();
  }

  @Test
  void whatWasIncomingIsKeptOverARestart() throws IOException {
    filled(start().current());
    filled(start().incoming());
    assertThat(start().incoming().resolve("seg0").resolve("c10.dat")).exists();
    assertThat(start().current().resolve("seg0").resolve("c10.dat")).exists();
  }

  @Test
  void theSwitchIsSeenAtOnceAndAfterARestart() throws IOException {
    HistoryDirectories directories = start();
    Path former = filled(directories.current());
    Path incoming = filled(directories.incoming());
    directories.makeCurrent();
    assertThat(directories.current()).isEqualTo(incoming);
    assertThat(directories.incoming()).isEqualTo(member.resolve("history-2"));
    assertThat(former).exists();
    HistoryDirectories restarted = start();
    assertThat(restarted.current()).isEqualTo(incoming);
    assertThat(restarted.incoming()).isEqualTo(member.resolve("history-2"));
    assertThat(former).doesNotExist();
  }

  @Test
  void aFormerOneIsDeletedWhenItMayBe() throws IOException {
    HistoryDirectories directories = start();
    Path former = filled(directories.current());
    Path incoming = filled(directories.incoming());
    directories.makeCurrent();
    Path next = filled(directories.incoming());
    directories.deleteFormer();
    assertThat(former).doesNotExist();
    assertThat(incoming).exists();
    assertThat(next).exists();
  }

  @Test
  void whatIsIncomingCanBeThrownAway() throws IOException {
    HistoryDirectories directories = start();
    Path current = filled(directories.current());
    Path incoming = filled(directories.incoming());
    assertThat(directories.deleteUnusable()).isTrue();
    assertThat(directories.deleteUnusable()).isTrue();
    assertThat(incoming).doesNotExist();
    assertThat(current).exists();
    assertThat(directories.incoming()).isEqualTo(incoming);
  }

  @Test
  void namesAreNeverUsedAgain() throws IOException {
    HistoryDirectories directories = start();
    filled(directories.current());
    for (int round = 1; round <= 12; round++) {
      assertThat(filled(directories.incoming())).isEqualTo(member.resolve("history-" + round));
      directories.makeCurrent();
      directories.deleteFormer();
      directories = start();
    }
    assertThat(directories.current()).isEqualTo(member.resolve("history-12"));
  }

  @Test
  void aCrashBeforeTheRenameLeavesTheFormerOne() throws IOException {
    HistoryDirectories directories = start();
    filled(directories.current());
    filled(directories.incoming());
    Path unfinished = member.resolve(HistoryDirectories.POINTER + ".new");
    for (String written : new String[] {"", "hist", "history-1\n"}) {
      Files.writeString(unfinished, written);
      HistoryDirectories restarted = start();
      assertThat(restarted.current()).isEqualTo(member.resolve("history"));
      assertThat(restarted.incoming().resolve("seg0")).exists();
      assertThat(unfinished).doesNotExist();
    }
    HistoryDirectories restarted = start();
    restarted.makeCurrent();
    assertThat(start().current()).isEqualTo(member.resolve("history-1"));
  }

  @Test
  void aCrashBeforeTheFormerOneIsGoneIsMadeUpForAtTheNextStart() throws IOException {
    HistoryDirectories directories = start();
    Path former = filled(directories.current());
    filled(directories.incoming());
    directories.makeCurrent();
    // Half of it was deleted.
    Files.delete(former.resolve("seg0").resolve("c10.dat"));
    start();
    assertThat(former).doesNotExist();
  }

  @Test
  void othersFilesAreLeftAlone() throws IOException {
    for (String name : new String[] {"LOCK", "history-x", "history-01", "wal", "historybook"}) {
      Files.writeString(member.resolve(name), "");
    }
    start();
    assertThat(member).isDirectoryContaining("glob:**/history-x");
    assertThat(member.toFile().list()).hasSize(5);
  }

  @Test
  void aDamagedPointerIsRefusedAndNothingIsDeleted() throws IOException {
    filled(member.resolve("history"));
    filled(member.resolve("history-1"));
    filled(member.resolve("history-5"));
    for (String damaged : new String[] {"", "history-1", "../etc\n", "history-9\n"}) {
      Files.writeString(member.resolve(HistoryDirectories.POINTER), damaged);
      assertThatThrownBy(this::start)
          .isInstanceOf(IOException.class)
          .hasMessageContaining(HistoryDirectories.POINTER);
      assertThat(member.resolve("history-5")).exists();
    }
  }

  @Test
  void nothingIsSwitchedToWhatIsNotThere() throws IOException {
    HistoryDirectories directories = start();
    assertThatThrownBy(directories::makeCurrent).isInstanceOf(IllegalStateException.class);
    assertThat(directories.current()).isEqualTo(member.resolve("history"));
  }

  @Test
  void theDirectoryThatTheStoreIsAboutToMoveToIsNotUnused() throws IOException {
    HistoryDirectories directories = start();
    filled(directories.current());
    Path copy = filled(directories.beginMove());
    directories.deleteUnused(copy);
    assertThat(copy.resolve("seg0").resolve("c10.dat")).exists();
    directories.endMove(copy);
    assertThat(copy).doesNotExist();
    Path incoming = filled(directories.incoming());
    directories.deleteUnused(incoming);
    assertThat(incoming).doesNotExist();
    directories.deleteUnused(directories.current());
    assertThat(directories.current()).exists();
  }
}
