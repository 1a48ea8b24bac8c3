package io.kvorum.bbolt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes files for tests, and reads all of them. */
final class BoltFiles {
  private BoltFiles() {}

  static BoltEntry entry(String key, String value) {
    return new BoltEntry(
        key.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8));
  }

  static byte[] bytes(BucketSource... buckets) throws IOException {
    BoltWriter writer = new BoltWriter(List.of(buckets));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] piece = writer.next(); piece != null; piece = writer.next()) {
      assertThat(piece.length % BoltFormat.PAGE_BYTES).isZero();
      out.write(piece);
    }
    assertThat(writer.length()).isEqualTo(out.size());
    return out.toByteArray();
  }

  static Path write(Path directory, BucketSource... buckets) throws IOException {
    return Files.write(directory.resolve("db"), bytes(buckets));
  }

  static List<BoltEntry> read(Path path, String bucket) throws IOException {
    try (BoltFile file = BoltFile.open(path)) {
      BoltCursor cursor = file.bucket(bucket);
      assertThat(cursor).as(bucket).isNotNull();
      return all(cursor);
    }
  }

  static List<BoltEntry> all(BoltCursor cursor) throws IOException {
    List<BoltEntry> entries = new ArrayList<>();
    while (cursor.next()) {
      byte[] value = cursor.value();
      assertThat(cursor.valueBytes()).isEqualTo(value.length);
      entries.add(new BoltEntry(cursor.key(), value));
    }
    return entries;
  }

  static BoltCheck.Result check(Path path) throws IOException {
    try (BoltFile file = BoltFile.open(path)) {
      return BoltCheck.check(file, bytes -> {});
    }
  }
}
