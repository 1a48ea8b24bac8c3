package io.kvorum.support;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Appends lines to a file that only its owner may read, and begins another one when it has become
 * large. The old one gets the time into its name, {@code audit-2026-11-30T10-15-30.123.log}, as
 * etcd and kube-apiserver have it; too many and too old ones are deleted then. Confined to one
 * thread, but for {@link #opened}.
 *
 * <p>A line that could be written in part only ends with the line that follows it. If old files are
 * laid aside, a missing directory is created for them, which only its owner may use; a single file
 * needs one that is there.
 *
 * <p>Held by: RotatedFileTest.
 */
public final class RotatedFile implements LineTarget {
  private static final Log LOG = Log.of(RotatedFile.class);
  private static final int BUFFER_BYTES = 64 << 10;
  private static final String COMPRESSED = ".gz";

  private final Path path;
  private final Rotation rotation;
  private final DateTimeFormatter times;
  private final Clock clock;
  private @Nullable OutputStream out;
  private long bytes;

  /**
   * @param clock the time that an old file is called by
   */
  public RotatedFile(Path path, Rotation rotation, Clock clock) {
    this.path = path;
    this.rotation = rotation;
    this.times = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH-mm-ss.SSS").withZone(rotation.zone());
    this.clock = clock;
  }

  /** Opens the file at once, so that what cannot be written is known. */
  public RotatedFile opened() throws IOException {
    out = open();
    return this;
  }

  private OutputStream open() throws IOException {
    Path directory = path.toAbsolutePath().getParent();
    if (directory != null && rotation.isOn()) {
      DurableFiles.createPrivateDirectories(directory);
    }
    boolean endsInsideLine = endsInsideLine();
    FileChannel channel =
        FileChannel.open(
            path, Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND), ownersOnly());
    bytes = channel.size();
    OutputStream opened = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
    if (endsInsideLine) {
      opened.write('\n');
      bytes++;
    }
    return opened;
  }

  /** As it does after a disk was full. */
  private boolean endsInsideLine() throws IOException {
    if (!Files.isRegularFile(path) || Files.size(path) == 0) {
      return false;
    }
    try (FileChannel written = FileChannel.open(path, StandardOpenOption.READ)) {
      ByteBuffer last = ByteBuffer.allocate(1);
      written.read(last, written.size() - 1);
      return last.get(0) != '\n';
    }
  }

  private FileAttribute<?>[] ownersOnly() {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }

  @Override
  public void write(byte[] line) throws IOException {
    OutputStream open = out;
    if (open != null && bytes > 0 && bytes + line.length > rotation.maxBytes()) {
      close();
      Path old = rotated(clock.instant());
      Files.move(path, old);
      if (rotation.isCompressed()) {
        compress(old);
      }
      deleteOld();
      open = null;
    }
    if (open == null) {
      open = open();
      out = open;
    }
    open.write(line);
    bytes += line.length;
  }

  private Path rotated(Instant time) {
    Path free = path.resolveSibling(stem() + "-" + times.format(time) + extension());
    return Files.exists(free) || Files.exists(compressed(free))
        ? rotated(time.plusMillis(1))
        : free;
  }

  private static Path compressed(Path old) {
    return old.resolveSibling(old.getFileName() + COMPRESSED);
  }

  /** What cannot be compressed stays as it is. */
  private void compress(Path old) {
    Path smaller = compressed(old);
    try {
      try (OutputStream into =
          new GZIPOutputStream(
              Channels.newOutputStream(
                  FileChannel.open(
                      smaller,
                      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                      ownersOnly())),
              BUFFER_BYTES)) {
        Files.copy(old, into);
      }
      Files.delete(old);
    } catch (IOException stays) {
      LOG.warning("cannot compress {}: {}", old, stays.toString());
      delete(smaller);
    }
  }

  private String name() {
    return String.valueOf(path.getFileName());
  }

  private String stem() {
    return name().substring(0, name().length() - extension().length());
  }

  private String extension() {
    int dot = name().lastIndexOf('.');
    return dot <= 0 ? "" : name().substring(dot);
  }

  /** What cannot be deleted now is deleted next time. */
  private void deleteOld() {
    Instant oldest =
        rotation.maxAge().isZero() ? Instant.MIN : clock.instant().minus(rotation.maxAge());
    int newer = 0;
    for (Path old : oldFiles()) {
      newer++;
      boolean isOneTooMany = rotation.maxBackups() > 0 && newer > rotation.maxBackups();
      if (isOneTooMany || timeOf(old).isBefore(oldest)) {
        delete(old);
      }
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException stays) {
      LOG.warning("cannot delete {}: {}", file, stays.toString());
    }
  }

  /** The newest first. */
  private List<Path> oldFiles() {
    try (Stream<Path> beside = Files.list(path.toAbsolutePath().getParent())) {
      return beside
          .filter(file -> !timeOf(file).equals(Instant.MAX))
          .sorted(Comparator.comparing(this::timeOf).reversed())
          .toList();
    } catch (IOException | UncheckedIOException unreadable) {
      LOG.warning("cannot list the old files of {}: {}", path, unreadable.toString());
      return List.of();
    }
  }

  /** When a file was rotated; the end of time if it is none of those. */
  private Instant timeOf(Path file) {
    String whole = String.valueOf(file.getFileName());
    String name =
        whole.endsWith(COMPRESSED)
            ? whole.substring(0, whole.length() - COMPRESSED.length())
            : whole;
    String before = stem() + "-";
    int end = name.length() - extension().length();
    if (!name.startsWith(before) || !name.endsWith(extension()) || end < before.length()) {
      return Instant.MAX;
    }
    try {
      return times.parse(name.substring(before.length(), end), Instant::from);
    } catch (DateTimeParseException other) {
      return Instant.MAX;
    }
  }

  @Override
  public void flush() throws IOException {
    OutputStream open = out;
    if (open != null) {
      open.flush();
    }
  }

  @Override
  public void close() throws IOException {
    OutputStream open = out;
    out = null;
    if (open != null) {
      open.close();
    }
  }
}
