package io.kvorum.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SocketFileTest {
  @TempDir private Path directory;

  private ServerSocketChannel listen(Path socket) throws IOException {
    return ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(socket));
  }

  @Test
  void whatAnEarlierProcessHasLeftIsRemovedButNotByACheck() throws IOException {
    Path socket = directory.resolve("s");
    listen(socket).close();
    SocketFile.check(socket);
    assertThat(socket).exists();
    SocketFile.makeWay(socket);
    assertThat(socket).doesNotExist();
    SocketFile.makeWay(socket);
  }

  @Test
  void aSocketThatIsInUseIsKept() throws IOException {
    Path socket = directory.resolve("s");
    try (ServerSocketChannel other = listen(socket)) {
      assertThat(other.isOpen()).isTrue();
      assertThatThrownBy(() -> SocketFile.makeWay(socket))
          .isInstanceOfSatisfying(
              FileSystemException.class,
              failure -> assertThat(failure.getReason()).isEqualTo("Address already in use"));
      assertThat(socket).exists();
    }
  }

  @Test
  void whatIsNoSocketIsKept() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "mine");
    Path link = Files.createSymbolicLink(directory.resolve("link"), file);
    for (Path mine : new Path[] {file, link, directory}) {
      assertThatThrownBy(() -> SocketFile.makeWay(mine))
          .isInstanceOfSatisfying(
              FileSystemException.class,
              failure ->
                  assertThat(Reason.of(failure))
                      .isEqualTo("a file that is not a socket is in the way"));
      assertThat(mine).exists();
    }
  }

  @Test
  void aDeviceIsNoSocket() {
    assertThatThrownBy(() -> SocketFile.check(Path.of("/dev/null")))
        .satisfies(
            failure ->
                assertThat(Reason.of(failure))
                    .isEqualTo("a file that is not a socket is in the way"));
  }

  @Test
  void aSocketThatCannotBeAskedIsKept() throws IOException {
    Path near = Files.createDirectory(directory.resolve("near"));
    try (ServerSocketChannel other = listen(near.resolve("s"))) {
      assertThat(other.isOpen()).isTrue();
      // The path is then longer than one that a process can connect to.
      Path far = Files.move(near, directory.resolve("f".repeat(150))).resolve("s");
      assertThatThrownBy(() -> SocketFile.makeWay(far)).isInstanceOf(IOException.class);
      assertThat(far).exists();
    }
  }

  @Test
  void aSocketNeedsADirectory() {
    assertThatThrownBy(() -> SocketFile.check(directory.resolve("none/s")))
        .satisfies(
            failure -> assertThat(Reason.of(failure)).isEqualTo("no such file or directory"));
  }
}
