package io.kvorum.derby.files;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * Remembers in a small file beside a database how far it was flushed.
 *
 * <p>Derby takes a damaged record in its transaction log for the end of the log and silently drops
 * what follows. The mark reveals that: it is written <em>after</em> each commit, so it may be
 * behind the database (a crash in between, a power cut before the kernel wrote it out), but never
 * ahead of it. Writing it costs a system call and no sync.
 *
 * <p>Not a channel: an interrupt of the thread that uses a channel closes it.
 *
 * <p>Layout: magic (4 bytes), index (8), CRC-32C over both (4). Confined to the writing thread.
 *
 * <p>Held by: DerbyWalDamageTest.
 */
public final class FlushMark implements AutoCloseable {
  public static final String FILE = "flushed.mark";
  private static final int MAGIC = 0x4b56464d;
  private static final int LENGTH = 16;

  private final RandomAccessFile file;
  private final ByteBuffer buffer = ByteBuffer.allocate(LENGTH);

  private FlushMark(RandomAccessFile file) {
    this.file = file;
  }

  /** Writes a first mark, for a database that is being created. */
  static void create(Path directory, long index) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(directory.resolve(FILE).toFile(), "rw")) {
      FlushMark mark = new FlushMark(file);
      mark.set(index);
      mark.force();
    }
  }

  /** Reads the index, without opening the file for writing. */
  public static long read(Path directory) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(directory.resolve(FILE)));
    if (bytes.remaining() != LENGTH
        || bytes.getInt(0) != MAGIC
        || bytes.getInt(LENGTH - 4) != checksum(bytes)) {
      throw Damage.of(directory, FILE, "is unreadable");
    }
    return bytes.getLong(4);
  }

  /** Opens the file for writing. */
  public static FlushMark open(Path directory) throws IOException {
    return new FlushMark(new RandomAccessFile(directory.resolve(FILE).toFile(), "rw"));
  }

  /** Writes the index, without a sync. */
  public void set(long index) throws IOException {
    buffer.clear();
    buffer.putInt(MAGIC).putLong(index);
    buffer.putInt(checksum(buffer));
    file.seek(0);
    file.write(buffer.array());
  }

  /** Syncs the file. */
  public void force() throws IOException {
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
