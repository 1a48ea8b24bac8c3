package io.kvorum.derby.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * Reads Derby's transaction log as its recovery will, before it does, and tells a torn end from
 * damage.
 *
 * <p>Recovery stops at the first thing that does not fit and takes it for the end of the log: a
 * flipped bit in the middle would silently drop every commit behind it. But Derby writes the log in
 * groups, one write call each, and each waits for the disk, so a crash can tear the last group
 * only. If a whole group follows the place where the log seems to end, then it does not end there.
 *
 * <pre>
 *   log7.dat   header | group | group | group | 0          (closed, 4 bytes of zeros)
 *   log8.dat   header | group | group | torn… | 0 0 0 …    (current, laid out with zeros)
 *
 *   header     int 128, int version, long file number, long end of the file before
 *   group      a checksum record, then as many bytes of other records as it states
 *   checksum   int 21, long position, 9 fixed bytes, int data length, long CRC-32, int 21
 *   record
 * </pre>
 *
 * A position is {@code file number << 32 | offset}. When Derby has recovered from a torn group, its
 * checksum record may stay where it is, with the next group right behind it.
 *
 * <p>Held by: DerbyWalDamageTest, DerbyHistoryDamageTest.
 */
final class LogFilesCheck {
  private static final int HEADER_BYTES = 24;
  private static final int HEADER_FORMAT = 128;
  private static final int RECORD_LENGTH = 21;
  private static final int CHECKSUM_RECORD_BYTES = RECORD_LENGTH + 16;
  private static final int FIXED_AT = 12;
  private static final int DATA_LENGTH_AT = 21;
  private static final int CRC_AT = 25;
  private static final byte[] CHECKSUM_RECORD = {0, (byte) 0x81, 0x49, 0, 0, 0, 1, (byte) 0xc5, 1};
  private static final int CONTROL_BYTES = 48;

  private final Path directory;
  private final Path logs;

  LogFilesCheck(Path directory) {
    this.directory = directory;
    this.logs = directory.resolve("log");
  }

  void run() throws IOException {
    TreeMap<Long, Path> files = files();
    long checkpoint = checkpoint();
    long needed = checkpoint == 0 ? 1 : checkpoint >>> 32;
    if (!files.containsKey(needed)) {
      throw damaged(needed, "is missing");
    }
    long expected = files.firstKey();
    long end = 0;
    boolean ended = false;
    for (var file : files.entrySet()) {
      long number = file.getKey();
      if (number != expected) {
        throw damaged(expected, "is missing");
      }
      expected++;
      try (FileChannel channel = FileChannel.open(file.getValue(), StandardOpenOption.READ)) {
        LogFile log =
            new LogFile(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()), number);
        boolean follows = !ended && log.hasHeader() && (end == 0 || log.follows(end));
        if (follows) {
          end = verify(log, number);
        } else if (number <= needed) {
          throw damaged(number, "does not begin as it should");
        } else {
          ended = true;
          refuseIfInUse(log, number);
        }
      }
    }
  }

  private long verify(LogFile log, long number) throws IOException {
    long end = log.end();
    int offset = (int) end;
    if (log.hasGroupFrom(offset + 1)) {
      throw damaged(number, "is unreadable at byte " + offset + ", but continues after it");
    }
    return end;
  }

  /** A file that was just being laid out when the process ended has nothing in it. */
  private void refuseIfInUse(LogFile log, long number) throws IOException {
    if (log.hasGroupFrom(0)) {
      throw damaged(
          number,
          "does not continue where log" + (number - 1) + ".dat ends: one of the two is damaged");
    }
  }

  private TreeMap<Long, Path> files() throws IOException {
    TreeMap<Long, Path> files = new TreeMap<>();
    try (Stream<Path> children = Files.list(logs)) {
      for (Path file : children.toList()) {
        String name = file.getFileName().toString();
        if (name.matches("log\\d+\\.dat")) {
          files.put(Long.parseLong(name.substring(3, name.length() - 4)), file);
        }
      }
    }
    if (files.isEmpty()) {
      throw damaged(1, "is missing");
    }
    return files;
  }

  /** The position of the last checkpoint: 0 if there was none. */
  private long checkpoint() throws IOException {
    for (String name : new String[] {"log.ctrl", "logmirror.ctrl"}) {
      Path file = logs.resolve(name);
      byte[] bytes = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
      if (bytes.length == CONTROL_BYTES) {
        CRC32 crc = new CRC32();
        crc.update(bytes, 0, CONTROL_BYTES - Long.BYTES);
        if (crc.getValue() == ByteBuffer.wrap(bytes).getLong(CONTROL_BYTES - Long.BYTES)) {
          return ByteBuffer.wrap(bytes).getLong(8);
        }
      }
    }
    throw damaged("log.ctrl", "and its copy logmirror.ctrl are missing or unreadable");
  }

  private IOException damaged(long number, String what) {
    return damaged("log" + number + ".dat", what);
  }

  private IOException damaged(String file, String what) {
    return Damage.of(directory, "log/" + file, what);
  }

  /** One file of the log. */
  private static final class LogFile {
    private final ByteBuffer bytes;
    private final long number;
    private final CRC32 crc = new CRC32();

    LogFile(ByteBuffer bytes, long number) {
      this.bytes = bytes;
      this.number = number;
    }

    boolean hasHeader() {
      return bytes.capacity() >= HEADER_BYTES
          && bytes.getInt(0) == HEADER_FORMAT
          && bytes.getLong(8) == number;
    }

    /** True if the file before ended there, with or without a checksum record left behind. */
    boolean follows(long endOfLast) {
      long before = bytes.getLong(16);
      return before == endOfLast || before == endOfLast + CHECKSUM_RECORD_BYTES;
    }

    /** The position after the last whole group. */
    long end() {
      int offset = HEADER_BYTES;
      while (true) {
        if (isGroup(offset)) {
          offset += CHECKSUM_RECORD_BYTES + bytes.getInt(offset + DATA_LENGTH_AT);
        } else if (isChecksumRecord(offset) && isGroup(offset + CHECKSUM_RECORD_BYTES)) {
          offset += CHECKSUM_RECORD_BYTES;
        } else {
          return number << 32 | offset;
        }
      }
    }

    boolean hasGroupFrom(int start) {
      byte lengthByte = RECORD_LENGTH;
      for (int at = start; at < bytes.capacity() - CHECKSUM_RECORD_BYTES; at++) {
        if (bytes.get(at + 3) == lengthByte && isGroup(at)) {
          return true;
        }
      }
      return false;
    }

    private boolean isChecksumRecord(int offset) {
      if (offset + CHECKSUM_RECORD_BYTES > bytes.capacity()
          || bytes.getInt(offset) != RECORD_LENGTH
          || bytes.getLong(offset + 4) != (number << 32 | offset)) {
        return false;
      }
      for (int at = 0; at < CHECKSUM_RECORD.length; at++) {
        if (bytes.get(offset + FIXED_AT + at) != CHECKSUM_RECORD[at]) {
          return false;
        }
      }
      return bytes.getInt(offset + CHECKSUM_RECORD_BYTES - 4) == RECORD_LENGTH;
    }

    private boolean isGroup(int offset) {
      if (!isChecksumRecord(offset)) {
        return false;
      }
      int length = bytes.getInt(offset + DATA_LENGTH_AT);
      int start = offset + CHECKSUM_RECORD_BYTES;
      if (length <= 0 || length > bytes.capacity() - start) {
        return false;
      }
      crc.reset();
      crc.update(bytes.duplicate().position(start).limit(start + length));
      return crc.getValue() == bytes.getLong(offset + CRC_AT);
    }
  }
}
