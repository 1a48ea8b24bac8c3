package io.kvorum.ctl;

import io.kvorum.sealing.MasterKeys;
import io.kvorum.sealing.SealedFile;
import io.kvorum.support.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Copies the content of a sealed file into a plain one, which only its owner can read. Stateless.
 *
 * <p>Held by: SealedSnapshotCommandsTest.
 */
final class SealedCopy {
  private static final int BYTES = 1 << 16;
  private static final String SUFFIX = ".part";

  private SealedCopy() {}

  /**
   * @param to must not exist; it is there when all of it is
   * @throws IOException also if the file was changed, or is not whole
   */
  static void decrypt(Path from, MasterKeys keys, Path to) throws IOException {
    if (Files.exists(to)) {
      throw new FileAlreadyExistsException(to.toString());
    }
    Path part = to.resolveSibling(to.getFileName() + SUFFIX);
    boolean isWhole = false;
    try (SeekableByteChannel content = SealedFile.open(from, keys);
        FileChannel out =
            FileChannel.open(
                part,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                ownerOnly(part))) {
      ByteBuffer bytes = ByteBuffer.allocate(BYTES);
      while (content.read(bytes.clear()) >= 0) {
        bytes.flip();
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
      }
      out.force(true);
      isWhole = true;
    } finally {
      if (!isWhole) {
        Files.deleteIfExists(part);
      }
    }
    DurableFiles.rename(part, to);
  }

  private static FileAttribute<?>[] ownerOnly(Path place) {
    return place.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }
}
