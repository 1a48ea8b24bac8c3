package io.kvorum.boot;

import io.kvorum.boot.config.DataDirectory;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.derby.DerbyHistory;
import io.kvorum.derby.DerbyWal;
import io.kvorum.derby.HistoryDirectories;
import io.kvorum.sealing.KeyList;
import io.kvorum.sealing.Sealing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The databases of a member, and what their records are sealed with. As thread-safe as its parts.
 *
 * <p>Held by: WholeMemberTest, EncryptionAtRestIT.
 *
 * @param log verified, not open
 * @param walDirectory where the log is
 */
record Databases(HistoryDirectories histories, DerbyWal log, Path walDirectory, Sealing sealing) {

  /**
   * Reads the keys, and compares them with what the databases are sealed with. Nothing is changed.
   *
   * @throws IOException if the keys cannot be used, or are not those; the message is one line
   */
  static Sealing sealing(MemberConfig config) throws IOException {
    Sealing sealing =
        config.encryptionKeyFile().isPresent()
            ? Sealing.of(config.encryptionKeyFile().get())
            : Sealing.off();
    List<Path> directories =
        new ArrayList<>(HistoryDirectories.databasesIn(config.dataDirectory().resolve("member")));
    if (Files.isDirectory(config.walDirectory())) {
      directories.add(config.walDirectory());
    }
    for (Path directory : directories) {
      KeyList.verified(directory, sealing.keys());
    }
    return sealing;
  }

  /** Verifies all files, and opens none: what is refused has not been changed. */
  static Databases verified(DataDirectory directory, Sealing sealing) throws IOException {
    HistoryDirectories histories = HistoryDirectories.in(directory.member());
    new DerbyHistory(histories.current(), sealing).verify();
    DerbyWal log = new DerbyWal(directory.wal(), sealing);
    log.verify();
    return new Databases(histories, log, directory.wal(), sealing);
  }

  /** The history in a directory; not open yet. */
  DerbyHistory history(Path directory) {
    return new DerbyHistory(directory, sealing);
  }

  DerbyHistory currentHistory() {
    return history(histories.current());
  }

  /** What each of the databases that there are is sealed with. */
  List<KeyList> keyLists() throws IOException {
    List<Path> directories = new ArrayList<>(histories.databases());
    directories.add(walDirectory);
    List<KeyList> lists = new ArrayList<>();
    for (Path directory : directories) {
      lists.add(KeyList.verified(directory, sealing.keys()));
    }
    return lists;
  }
}
