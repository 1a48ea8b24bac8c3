package io.kvorum.derby.files;

import java.io.IOException;
import java.nio.file.Path;

/** Words the one sentence in which a damaged file of a database is reported. */
final class Damage {
  private Damage() {}

  /**
   * @param file relative to the directory of the database
   * @param what is wrong with it, as a predicate: "is missing"
   */
  static IOException of(Path directory, String file, String what) {
    return new IOException(
        "the database %s is damaged: the file %s %s; nothing has been changed"
            .formatted(directory, file, what));
  }
}
