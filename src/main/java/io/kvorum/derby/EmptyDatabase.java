package io.kvorum.derby;

import io.kvorum.sealing.Sealing;
import io.kvorum.support.DurableFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * Unpacks a new database from an archive with an empty one, which the build has made: Derby takes a
 * second of processor time to create one, the longest part of a member's first start. Where there
 * is no archive, as before the build has made it, Derby creates the database. Stateless.
 */
final class EmptyDatabase {
  private EmptyDatabase() {}

  /**
   * Unpacks the empty database of a name into a directory, which it creates.
   *
   * @return false if there is no archive; then nothing has been written
   */
  static boolean unpack(String name, Path directory) throws IOException {
    try (InputStream archive = EmptyDatabase.class.getResourceAsStream(file(name))) {
      if (archive == null) {
        return false;
      }
      ZipInputStream files = new ZipInputStream(archive);
      for (ZipEntry entry = files.getNextEntry(); entry != null; entry = files.getNextEntry()) {
        Path target = directory.resolve(entry.getName());
        if (entry.isDirectory()) {
          Files.createDirectories(target);
        } else {
          Files.createDirectories(target.getParent());
          Files.copy(files, target);
        }
      }
      return true;
    }
  }

  /**
   * Makes the archives, for the build.
   *
   * @param arguments the directory of this package's compiled classes
   */
  public static void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[0]);
    for (DerbyDatabase.Settings settings :
        List.of(DerbyWal.databaseSettings(), DerbyHistory.databaseSettings())) {
      Path database = Files.createTempDirectory("kvorum-empty").resolve(settings.name());
      new DerbyDatabase(database, settings, Sealing.off()).create(database);
      try (OutputStream out = Files.newOutputStream(directory.resolve(file(settings.name())))) {
        pack(database, out);
      }
      DurableFiles.deleteTree(database);
    }
  }

  private static String file(String name) {
    return "empty-" + name + ".zip";
  }

  private static void pack(Path database, OutputStream out) throws IOException {
    try (ZipOutputStream archive = new ZipOutputStream(out);
        Stream<Path> tree = Files.walk(database)) {
      for (Path path : tree.sorted().toList()) {
        String name = database.relativize(path).toString();
        if (Files.isDirectory(path)) {
          if (!name.isEmpty()) {
            archive.putNextEntry(new ZipEntry(name + "/"));
          }
        } else {
          archive.putNextEntry(new ZipEntry(name));
          Files.copy(path, archive);
        }
      }
    }
  }
}
