package io.kvorum.support;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Prepares the file of a Unix domain socket: one that an earlier process has left is in the way of
 * the next. Never removes what is not a socket, or what a process listens on. Stateless.
 *
 * <p>Held by: SocketFileTest.
 */
public final class SocketFile {
  private SocketFile() {}

  /**
   * Checks that the socket can be listened on, and changes nothing.
   *
   * @throws IOException with the reason if it cannot
   */
  public static void check(Path file) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory == null || !Files.isDirectory(directory)) {
      throw new NoSuchFileException(String.valueOf(directory));
    }
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!isSocket(file)) {
      throw new FileSystemException(
          file.toString(), null, "a file that is not a socket is in the way");
    }
    if (isListenedOn(file)) {
      throw new FileSystemException(file.toString(), null, "Address already in use");
    }
  }

  /**
   * Removes the file that an earlier process has left, if there is one.
   *
   * @throws IOException with the reason if the socket cannot be listened on
   */
  public static void makeWay(Path file) throws IOException {
    check(file);
    Files.deleteIfExists(file);
  }

  private static boolean isSocket(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .isOther();
  }

  /** A socket that nobody listens on any more refuses connections. */
  private static boolean isListenedOn(Path file) {
    try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      client.connect(UnixDomainSocketAddress.of(file));
      return true;
    } catch (IOException refused) {
      return false;
    }
  }
}
