package io.kvorum.derby.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * Verifies the checksum of every page in the container files ({@code seg0/c*.dat}) of a database
 * that is not booted.
 *
 * <p>A page ends with the CRC-32 of what is before it. A page that was allocated and not written
 * yet is all zeros. The first page of a file holds, from byte 109 on, the header of the container:
 * 80 bytes that end with a CRC-32 of their own and count as zeros in the checksum of the page;
 * until the page is first written it has nothing but this header.
 *
 * <p>Held by: DerbyWalDamageTest, DerbyHistoryDamageTest.
 */
final class PageFilesCheck {
  private static final int SMALLEST_PAGE = 4_096;
  private static final int LARGEST_PAGE = 32_768;
  private static final int PAGE_SIZE_AT = 117;
  private static final int CHECKSUM_BYTES = Long.BYTES;
  private static final int HEADER_AT = 109;
  private static final int HEADER_BYTES = 80;
  private static final int EXTENT_START_AT = 197;
  private static final int EXTENT_LENGTH_AT = 213;
  private static final int BYTES_PER_READ = 1 << 19;

  private final Path directory;

  PageFilesCheck(Path directory) {
    this.directory = directory;
  }

  void run() throws IOException {
    List<Path> files;
    try (Stream<Path> children = Files.list(directory.resolve("seg0"))) {
      files = children.filter(PageFilesCheck::isContainer).sorted().toList();
    }
    for (Path file : files) {
      check(file);
    }
  }

  /**
   * Files that end before the last page that their header declares allocated. After a crash this
   * need not be damage, so it is no reason to refuse a database.
   */
  static List<String> shortFiles(Path directory) throws IOException {
    List<String> found = new ArrayList<>();
    try (Stream<Path> children = Files.list(directory.resolve("seg0"))) {
      for (Path file : children.filter(PageFilesCheck::isContainer).sorted().toList()) {
        ByteBuffer page = ByteBuffer.allocate(SMALLEST_PAGE);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
          int size = pageSize(channel);
          channel.read(page, 0);
          long pages = page.getLong(EXTENT_START_AT) + page.getInt(EXTENT_LENGTH_AT);
          if (size == 0 || channel.size() < pages * size) {
            found.add(directory.relativize(file).toString());
          }
        }
      }
    }
    return found;
  }

  private static boolean isContainer(Path file) {
    String name = file.getFileName().toString();
    return name.startsWith("c") && name.endsWith(".dat");
  }

  private void check(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      int page = pageSize(channel);
      if (page == 0) {
        throw damaged(file, "has a wrong checksum in its header");
      }
      ByteBuffer pages = ByteBuffer.allocate(BYTES_PER_READ / page * page);
      long number = 0;
      while (fill(channel, pages)) {
        // A page that is there in part is the rest of an extension that was interrupted.
        int whole = pages.position() / page;
        for (int at = 0; at < whole; at++, number++) {
          boolean sound =
              number == 0
                  ? isSoundFirst(pages.array(), page)
                  : isSound(pages.array(), at * page, page);
          if (!sound) {
            throw damaged(file, "has a wrong checksum in page " + number);
          }
        }
      }
    }
  }

  /** The page size in the header of the container; 0 if the header is damaged. */
  private static int pageSize(FileChannel channel) throws IOException {
    ByteBuffer start = ByteBuffer.allocate(SMALLEST_PAGE);
    if (channel.read(start, 0) != SMALLEST_PAGE) {
      return 0;
    }
    int sumAt = HEADER_AT + HEADER_BYTES - CHECKSUM_BYTES;
    int size = start.getInt(PAGE_SIZE_AT);
    boolean sound =
        checksum(start.array(), HEADER_AT, sumAt) == start.getLong(sumAt)
            && size >= SMALLEST_PAGE
            && size <= LARGEST_PAGE
            && channel.size() >= size;
    return sound ? size : 0;
  }

  private static boolean fill(FileChannel channel, ByteBuffer pages) throws IOException {
    pages.clear();
    while (pages.hasRemaining() && channel.read(pages) >= 0) {
      // until full or at the end of the file
    }
    return pages.position() > 0;
  }

  private static boolean isSound(byte[] bytes, int offset, int page) {
    int sumAt = offset + page - CHECKSUM_BYTES;
    return checksum(bytes, offset, sumAt) == longAt(bytes, sumAt)
        || isZero(bytes, offset, offset + page);
  }

  private static boolean isSoundFirst(byte[] bytes, int page) {
    byte[] first = Arrays.copyOf(bytes, page);
    Arrays.fill(first, HEADER_AT, HEADER_AT + HEADER_BYTES, (byte) 0);
    return isSound(first, 0, page) || isZero(first, HEADER_AT, page);
  }

  private static long checksum(byte[] bytes, int from, int to) {
    CRC32 crc = new CRC32();
    crc.update(bytes, from, to - from);
    return crc.getValue();
  }

  private static long longAt(byte[] bytes, int offset) {
    return ByteBuffer.wrap(bytes).getLong(offset);
  }

  private static boolean isZero(byte[] bytes, int from, int to) {
    for (int at = from; at < to; at++) {
      if (bytes[at] != 0) {
        return false;
      }
    }
    return true;
  }

  private IOException damaged(Path file, String what) {
    return Damage.of(directory, directory.relativize(file).toString(), what);
  }
}
