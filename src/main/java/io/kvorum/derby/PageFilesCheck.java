package io.kvorum.derby;

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
 */
final class PageFilesCheck {
  private static final int PAGE = DerbyDatabase.PAGE_BYTES;
  private static final int CHECKSUM_BYTES = Long.BYTES;
  private static final int HEADER_AT = 109;
  private static final int HEADER_BYTES = 80;
  private static final int EXTENT_START_AT = 197;
  private static final int EXTENT_LENGTH_AT = 213;
  private static final int PAGES_PER_READ = 128;

  private final Path directory;
  private final CRC32 crc = new CRC32();

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
   * Files that end before the last page that they say is allocated. After a crash this need not be
   * damage, so it is no reason to refuse a database, but it helps to say why Derby did.
   */
  static List<String> shortFiles(Path directory) throws IOException {
    List<String> found = new ArrayList<>();
    try (Stream<Path> children = Files.list(directory.resolve("seg0"))) {
      for (Path file : children.filter(PageFilesCheck::isContainer).sorted().toList()) {
        ByteBuffer page = ByteBuffer.allocate(PAGE);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
          boolean whole = channel.read(page, 0) == PAGE;
          long pages = page.getLong(EXTENT_START_AT) + page.getInt(EXTENT_LENGTH_AT);
          if (!whole || channel.size() < pages * PAGE) {
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
    ByteBuffer pages = ByteBuffer.allocate(PAGES_PER_READ * PAGE);
    long number = 0;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (channel.size() < PAGE) {
        throw damaged(file, "is shorter than a page");
      }
      while (fill(channel, pages)) {
        // A page that is there in part is the rest of an extension that was interrupted.
        int whole = pages.position() / PAGE;
        for (int at = 0; at < whole; at++, number++) {
          boolean sound =
              number == 0 ? isSoundFirst(pages.array()) : isSound(pages.array(), at * PAGE);
          if (!sound) {
            throw damaged(file, "has a wrong checksum in page " + number);
          }
        }
      }
    }
  }

  private static boolean fill(FileChannel channel, ByteBuffer pages) throws IOException {
    pages.clear();
    while (pages.hasRemaining() && channel.read(pages) >= 0) {
      // until full or at the end of the file
    }
    return pages.position() > 0;
  }

  private boolean isSound(byte[] bytes, int offset) {
    int sumAt = offset + PAGE - CHECKSUM_BYTES;
    return checksum(bytes, offset, sumAt) == longAt(bytes, sumAt)
        || isZero(bytes, offset, offset + PAGE);
  }

  private boolean isSoundFirst(byte[] bytes) {
    int headerEnd = HEADER_AT + HEADER_BYTES;
    int sumAt = headerEnd - CHECKSUM_BYTES;
    if (checksum(bytes, HEADER_AT, sumAt) != longAt(bytes, sumAt)) {
      return false;
    }
    byte[] page = Arrays.copyOf(bytes, PAGE);
    Arrays.fill(page, HEADER_AT, headerEnd, (byte) 0);
    return isSound(page, 0) || isZero(page, HEADER_AT, PAGE);
  }

  private long checksum(byte[] bytes, int from, int to) {
    crc.reset();
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
    return new IOException(
        "the database "
            + directory
            + " is damaged: the file "
            + directory.relativize(file)
            + " "
            + what
            + "; nothing has been changed");
  }
}
