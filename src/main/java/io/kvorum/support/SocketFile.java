package io.kvorum.support;

import java.io.IOException;
import java.net.ConnectException;
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
  /** The part of a file's mode that is its type, and the type of a socket. */
  private static final int TYPE = 0xF000;

  private static final int SOCKET = 0xC000;

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

  /** Pipes and devices refuse connections as well. */
  private static boolean isSocket(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
            .isOther()
        && hasTypeOfSocket(file);
  }

  private static boolean hasTypeOfSocket(Path file) throws IOException {
    if (!file.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      return true;
    }
    return Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS) instanceof Integer mode
        && (mode & TYPE) == SOCKET;
  }

  /**
   * A socket that nobody listens on any more refuses connections.
   *
   * @throws IOException if that cannot be known, as without the right to connect
   */
  private static boolean isListenedOn(Path file) throws IOException {
    try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      client.connect(UnixDomainSocketAddress.of(file));
      return true;
    } catch (ConnectException refused) {
      return false;
    }
  }
}
