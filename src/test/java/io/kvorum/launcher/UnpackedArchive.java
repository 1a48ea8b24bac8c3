package io.kvorum.launcher;

import io.kvorum.testing.ServerKind;
import io.kvorum.testing.SystemCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * An installation as a user has it: unpacked from the archive that this build has made.
 *
 * @param home the directory that contains {@code bin} and {@code lib}
 */
record UnpackedArchive(Path home) {

  /** The archive that this build has made. */
  static Path archive() throws IOException {
    try (Stream<Path> built = Files.list(ServerKind.projectRoot().resolve("target"))) {
      List<Path> archives =
          built
              .filter(file -> file.getFileName().toString().matches("kvorum-.*\\.tar\\.gz"))
              .toList();
      if (archives.size() != 1) {
        throw new IllegalStateException(
            "not one archive in target/, build it (mvn -B package -DskipTests): " + archives);
      }
      return archives.get(0);
    }
  }

  /** Unpacks it in a directory, as its documentation says. */
  static UnpackedArchive in(Path parent) throws IOException, InterruptedException {
    Path archive = archive();
    SystemCommand.run(
        "tar", "-xzf", archive.toString(), "-C", Files.createDirectories(parent).toString());
    String name = archive.getFileName().toString().replace(".tar.gz", "");
    return new UnpackedArchive(parent.resolve(name));
  }

  Path launcher() {
    return bin().resolve("kvorum");
  }

  Path bin() {
    return home.resolve("bin");
  }

  Path libraries() {
    return home.resolve("lib");
  }

  Path liberty() {
    return home.resolve("wlp");
  }

  /** Where members leave what makes later starts faster, if the installation can be written. */
  Path cache() {
    return home.resolve("cache");
  }
}
