package io.kvorum.ctl;

import io.kvorum.ctl.client.Connection;
import io.kvorum.ctl.client.RpcException;
import io.kvorum.proto.etcdserverpb.SnapshotRequest;
import io.kvorum.proto.etcdserverpb.SnapshotResponse;
import io.kvorum.support.DurableFiles;
import io.kvorum.support.Reason;
import io.kvorum.support.Threads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Iterator;

/**
 * Fetches a snapshot into a file that only its owner may read. The file has its name when it is
 * whole, verified and on disk, and not before: until then it stands beside it as {@code .part},
 * which is deleted when this is closed, or when the process is stopped. So is a file that is for
 * the meantime only. Used by one thread.
 *
 * <p>Held by: SnapshotSaveTest.
 */
final class SnapshotDownload implements AutoCloseable {
  static final String SUFFIX = ".part";

  /** By the size alone etcd's tools decide whether a file ends with a hash. */
  private static final int HASH_UNIT = 512;

  private final Path file;
  private final Path part;
  private final FileChannel channel;
  private final TrailingHash hash = new TrailingHash();
  private final Thread cleaner;
  private long size;
  private String version = "";

  private SnapshotDownload(Path file, Path part, FileChannel channel) {
    this.file = file;
    this.part = part;
    this.channel = channel;
    this.cleaner = Threads.daemon("kvorumctl-clean", this::deletePart);
  }

  /** The file cannot be created. */
  static final class UnwritableException extends IOException {
    private static final long serialVersionUID = 1L;

    UnwritableException(IOException cause) {
      super(Reason.of(cause), cause);
    }
  }

  /** What has arrived is no whole snapshot. */
  static final class BadStreamException extends Exception {
    private static final long serialVersionUID = 1L;

    BadStreamException(String message) {
      super(message);
    }
  }

  /** Creates the file beside the one that is to be. */
  static SnapshotDownload beside(Path file) throws UnwritableException {
    return create(file, Path.of(file + SUFFIX));
  }

  /** Creates the file for the time until this is closed. */
  static SnapshotDownload into(Path file) throws UnwritableException {
    return create(file, file);
  }

  private static SnapshotDownload create(Path file, Path part) throws UnwritableException {
    try {
      FileChannel channel =
          FileChannel.open(
              part,
              EnumSet.of(
                  StandardOpenOption.CREATE,
                  StandardOpenOption.TRUNCATE_EXISTING,
                  StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      SnapshotDownload download = new SnapshotDownload(file, part, channel);
      Runtime.getRuntime().addShutdownHook(download.cleaner);
      return download;
    } catch (IOException refused) {
      throw new UnwritableException(refused);
    }
  }

  /**
   * Fetches everything, and verifies it.
   *
   * @param isTimed whether the time for a command limits it
   */
  void fetch(Connection member, boolean isTimed, ProgressLine progress)
      throws IOException, RpcException, BadStreamException {
    try {
      member.call(
          any -> {
            Iterator<SnapshotResponse> messages =
                (isTimed ? any.maintenance() : any.maintenanceWithoutTimeout())
                    .snapshot(SnapshotRequest.getDefaultInstance());
            while (messages.hasNext()) {
              take(messages.next(), progress);
            }
            return this;
          });
    } catch (WriteFailure failed) {
      throw failed.cause;
    }
    if (size % HASH_UNIT != TrailingHash.SIZE) {
      throw new BadStreamException("sha256 checksum not found [bytes: " + size + "]");
    }
    byte[] expected = hash.trailer();
    byte[] computed = hash.computed();
    if (!Arrays.equals(expected, computed)) {
      throw new BadStreamException(
          "expected sha256 " + decimals(expected) + ", got " + decimals(computed));
    }
  }

  private void take(SnapshotResponse message, ProgressLine progress) {
    try {
      for (ByteBuffer piece : message.getBlob().asReadOnlyByteBufferList()) {
        hash.update(piece.duplicate());
        while (piece.hasRemaining()) {
          size += channel.write(piece);
        }
      }
    } catch (IOException full) {
      throw new WriteFailure(full);
    }
    version = message.getVersion();
    progress.at(size, size + message.getRemainingBytes());
  }

  /** Carries a failure to write through the call, which knows failures of calls alone. */
  private static final class WriteFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    final transient IOException cause;

    WriteFailure(IOException cause) {
      super(cause);
      this.cause = cause;
    }
  }

  /** As Go prints a slice of bytes. */
  private static String decimals(byte[] bytes) {
    StringBuilder text = new StringBuilder("[");
    for (byte one : bytes) {
      text.append(text.length() == 1 ? "" : " ").append(one & 0xff);
    }
    return text.append(']').toString();
  }

  /** Gives the file its name. */
  void finish() throws IOException {
    channel.force(true);
    channel.close();
    DurableFiles.rename(part, file);
  }

  long size() {
    return size;
  }

  /** The version of the storage; empty if the member does not say. */
  String version() {
    return version;
  }

  @Override
  public void close() throws IOException {
    try {
      channel.close();
      Files.deleteIfExists(part);
    } finally {
      try {
        Runtime.getRuntime().removeShutdownHook(cleaner);
      } catch (IllegalStateException stopping) {
        // Then it runs, and finds nothing to delete.
      }
    }
  }

  private void deletePart() {
    part.toFile().delete();
  }
}
