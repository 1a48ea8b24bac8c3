package io.kvorum.derby.files;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Words the sentences in which damage to a database is reported. Stateless.
 *
 * <p>Held by: DerbyWalDamageTest, DerbyHistoryDamageTest, DamagedDirectoryIT.
 */
public final class Damage {
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

  /**
   * @param database with its directory: "the history /data/history"
   * @param what is wrong with it, as a clause: "entry 7 is missing"
   */
  public static IOException of(String database, String what) {
    return new IOException("%s is damaged: %s".formatted(database, what));
  }
}
