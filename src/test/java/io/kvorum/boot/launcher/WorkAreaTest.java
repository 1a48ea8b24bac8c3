package io.kvorum.boot.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WorkAreaTest {
  @TempDir private Path directory;

  @BeforeEach
  void install() throws IOException {
    write("wlp/usr/servers/kvorum/server.xml", "<server/>");
  }

  @Test
  void aMemberStartsWithTheCopyThatAnotherOneLeft() throws Exception {
    write("first/kvorum/workarea/platform/cache", "warm");
    workArea("first").keep();
    workArea("second").restore();
    assertThat(directory.resolve("second/kvorum/workarea/platform/cache")).hasContent("warm");
  }

  @Test
  void theWorkAreaOfAKilledServerIsReplaced() throws Exception {
    write("first/kvorum/workarea/platform/cache", "warm");
    workArea("first").keep();
    write("first/kvorum/workarea/platform/cache", "torn");
    write("first/kvorum/workarea/.sRunning", "");
    workArea("first").restore();
    assertThat(directory.resolve("first/kvorum/workarea/platform/cache")).hasContent("warm");
    assertThat(directory.resolve("first/kvorum/workarea/.sRunning")).doesNotExist();
  }

  @Test
  void marksOfARunningServerAreNotCopied() throws Exception {
    write("first/kvorum/workarea/.sRunning", "");
    write("first/kvorum/workarea/platform/cache", "warm");
    workArea("first").keep();
    workArea("second").restore();
    assertThat(directory.resolve("second/kvorum/workarea/.sRunning")).doesNotExist();
  }

  @Test
  void withoutACopyNothingHappens() throws Exception {
    write("first/kvorum/workarea/platform/cache", "own");
    workArea("first").restore();
    assertThat(directory.resolve("first/kvorum/workarea/platform/cache")).hasContent("own");
  }

  @Test
  void aChangedServerXmlMakesTheCopyUseless() throws Exception {
    write("first/kvorum/workarea/platform/cache", "warm");
    workArea("first").keep();
    Files.setLastModifiedTime(
        directory.resolve("wlp/usr/servers/kvorum/server.xml"), FileTime.fromMillis(1));
    workArea("second").restore();
    assertThat(directory.resolve("second/kvorum/workarea")).doesNotExist();
  }

  @Test
  void anInstallationThatCannotBeWrittenIsLeftAlone() throws Exception {
    write("cache", "a file in the way");
    write("first/kvorum/workarea/platform/cache", "warm");
    workArea("first").keep();
    assertThat(directory.resolve("cache")).hasContent("a file in the way");
  }

  private WorkArea workArea(String member) throws LaunchException {
    return WorkArea.of(
        new Installation(directory), directory.resolve("cache"), directory.resolve(member));
  }

  private void write(String path, String text) throws IOException {
    Path file = directory.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
