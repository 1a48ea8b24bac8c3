package io.kvorum.derby;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * A small file beside a database that remembers how far it was flushed.
 *
 * <p>Derby takes a damaged record in its transaction log for the end of the log and drops what
 * follows without a word. The mark shows that: it is written <em>after</em> each commit, so it may
 * be behind the database (a crash in between, a power cut before the kernel wrote it out), but
 * never ahead of it. Writing it costs a system call and no sync.
 *
 * <p>Not a channel, since that would be closed by an interrupt of the thread that uses it.
 *
 * <p>Layout: magic (4 bytes), index (8), CRC-32C over both (4). Confined to the writing thread.
 */
final class FlushMark implements AutoCloseable {
  static final String FILE = "flushed.mark";
  private static final int MAGIC = 0x4b56464d;
  private static final int LENGTH = 16;

  private final RandomAccessFile file;
  private final ByteBuffer buffer = ByteBuffer.allocate(LENGTH);

  private FlushMark(RandomAccessFile file) {
    this.file = file;
  }

  /** Writes a first mark, for a database that is being made. */
  static void create(Path directory, long index) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(directory.resolve(FILE).toFile(), "rw")) {
      FlushMark mark = new FlushMark(file);
      mark.set(index);
      mark.force();
    }
  }

  /** The index in the file, without opening it for writing. */
  static long read(Path directory) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(directory.resolve(FILE)));
    if (bytes.remaining() != LENGTH
        || bytes.getInt(0) != MAGIC
        || bytes.getInt(LENGTH - 4) != checksum(bytes)) {
      throw new IOException(
          "the database " + directory + " is damaged: the file " + FILE + " is unreadable");
    }
    return bytes.getLong(4);
  }

  static FlushMark open(Path directory) throws IOException {
    return new FlushMark(new RandomAccessFile(directory.resolve(FILE).toFile(), "rw"));
  }

  void set(long index) throws IOException {
    buffer.clear();
    buffer.putInt(MAGIC).putLong(index);
    buffer.putInt(checksum(buffer));
    file.seek(0);
    file.write(buffer.array());
  }

  void force() throws IOException {
    file.getFD().sync();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  private static int checksum(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.array(), 0, LENGTH - 4);
    return (int) crc.getValue();
  }
}
