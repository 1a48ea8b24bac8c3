package io.kvorum.crash;

import io.kvorum.testing.SystemCommand;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Mounts a file system in memory with little space. Not thread-safe. */
final class SmallDisk implements AutoCloseable {

  private static final int BLOCK_BYTES = 4_096;

  private final Path directory;

  private SmallDisk(Path directory) {
    this.directory = directory;
  }

  /**
   * Mounts one.
   *
   * @param size as mount takes it, {@code 64m}
   * @throws CannotMount if this process may not
   */
  static SmallDisk mount(Path directory, String size) throws InterruptedException {
    mountAt(directory, "size=" + size);
    return new SmallDisk(directory);
  }

  /** The right to mount is missing; the message says how to come by it. */
  static final class CannotMount extends RuntimeException {
    private static final long serialVersionUID = 1;

    CannotMount(String output) {
      super(
          "this test mounts a small file system and may not ("
              + output
              + "); run the build as root, or in a user namespace that may: unshare -rm mvn -B"
              + " verify");
    }
  }

  Path directory() {
    return directory;
  }

  void resize(String size) throws InterruptedException {
    mountAt(directory, "remount,size=" + size);
  }

  /** Writes a ballast file until there is no space left. */
  void fill() throws IOException {
    byte[] block = new byte[BLOCK_BYTES];
    try (OutputStream file = Files.newOutputStream(ballast())) {
      while (Files.getFileStore(directory).getUsableSpace() > 0) {
        file.write(block);
      }
    } catch (IOException e) {
      // The member took the last block.
      if (Files.getFileStore(directory).getUsableSpace() > BLOCK_BYTES) {
        throw e;
      }
    }
  }

  /** Gives the space back that {@link #fill} took. */
  void relieve() throws IOException {
    Files.deleteIfExists(ballast());
  }

  private Path ballast() {
    return directory.resolve("ballast");
  }

  private static void mountAt(Path directory, String options) throws InterruptedException {
    SystemCommand.Outcome outcome =
        SystemCommand.attempt("mount", "-t", "tmpfs", "-o", options, "tmpfs", directory.toString());
    if (!outcome.succeeded()) {
      throw new CannotMount(outcome.output());
    }
  }

  @Override
  public void close() throws InterruptedException {
    SystemCommand.run("umount", "-l", directory.toString());
  }
}
