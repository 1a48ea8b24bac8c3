package io.kvorum.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReasonTest {
  @TempDir private Path directory;

  @Test
  void filesAreMissingForbiddenOrInTheWay() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "mine");
    assertThat(Reason.of(failureOf(() -> Files.readString(directory.resolve("none")))))
        .isEqualTo("no such file or directory");
    assertThat(Reason.of(failureOf(() -> Files.createDirectory(file))))
        .isEqualTo("a file is in the way");
    assertThat(Reason.of(failureOf(() -> Files.newDirectoryStream(file))))
        .isEqualTo("not a directory");
    assertThat(Reason.of(failureOf(() -> Files.delete(directory))))
        .isEqualTo("the directory is not empty");
    assertThat(Reason.of(new AccessDeniedException("/a"))).isEqualTo("permission denied");
    assertThat(Reason.of(new FileSystemException("/a", null, "No space left on device")))
        .isEqualTo("No space left on device");
  }

  @Test
  void aFileOfOtherBytesIsNotText() throws IOException {
    Path file = Files.write(directory.resolve("file"), new byte[] {(byte) 0xff, (byte) 0xfe});
    assertThat(Reason.of(failureOf(() -> Files.readString(file))))
        .isEqualTo("it is not text in UTF-8");
  }

  @Test
  void otherFailuresHaveTheirMessageInOneLine() {
    assertThat(Reason.of(new ConnectException("Connection refused")))
        .isEqualTo("Connection refused");
    assertThat(Reason.of(new UnknownHostException("a.example"))).isEqualTo("unknown host");
    assertThat(Reason.of(new IOException("first\n  second\n"))).isEqualTo("first second");
  }

  @Test
  void whatOnlyWrapsAFailureIsLookedThrough() {
    IOException failure = new IOException("disk on fire");
    assertThat(Reason.of(new ExecutionException(new CompletionException(failure))))
        .isEqualTo("disk on fire");
    assertThat(Reason.of(new UncheckedIOException(failure))).isEqualTo("disk on fire");
    assertThat(Reason.of(new InvocationTargetException(failure))).isEqualTo("disk on fire");
    assertThat(Reason.of(new IllegalStateException(failure))).isEqualTo("disk on fire");
    assertThat(Reason.of(new IllegalStateException("cannot start", failure)))
        .isEqualTo("cannot start");
  }

  @Test
  void inFullItNamesTheFile() {
    IOException failure = new AccessDeniedException("/a/b");
    assertThat(Reason.inFull(new UncheckedIOException(failure)))
        .isEqualTo("/a/b: permission denied");
    assertThat(Reason.inFull(new IOException("disk on fire"))).isEqualTo("disk on fire");
  }

  @Test
  void aFailureWithoutAMessageIsItsNameInWords() {
    assertThat(Reason.of(new ClosedChannelException())).isEqualTo("closed channel");
    assertThat(Reason.of(new OutOfMemoryError())).isEqualTo("out of memory");
    assertThat(Reason.of(new FileSystemException("/a"))).isEqualTo("file system");
    assertThat(Reason.of(new RuntimeException() {})).isEqualTo("unexpected failure");
  }

  private interface Action {
    void run() throws IOException;
  }

  private static Throwable failureOf(Action action) {
    return catchThrowable(action::run);
  }
}
