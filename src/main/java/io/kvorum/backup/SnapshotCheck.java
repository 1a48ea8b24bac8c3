package io.kvorum.backup;

import io.kvorum.bbolt.BoltCheck;
import io.kvorum.bbolt.BoltFile;
import io.kvorum.sealing.MasterKeys;
import io.kvorum.sealing.SealedFile;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Checks that a snapshot file is what was to be written: its hash, its structure, and the revision
 * at which it ends. It reads the file twice, and takes one or two bits of memory for each page.
 * Stateless.
 */
final class SnapshotCheck {
  private SnapshotCheck() {}

  /**
   * @param keys with which it may be sealed
   * @param revision of the store
   * @throws SnapshotException if it is something else
   * @throws io.kvorum.bbolt.BoltException if it is a file of another kind
   */
  static void verify(Path path, MasterKeys keys, long revision, Progress progress)
      throws IOException {
    SnapshotHash.verify(path, keys, progress);
    try (BoltFile file = BoltFile.open(SealedFile.open(path, keys))) {
      requireSound(file, progress);
      long actual = new StateReader(file).readMarks().revision();
      if (actual != revision) {
        throw new SnapshotException("it ends at revision " + actual + " instead of " + revision);
      }
    }
  }

  /**
   * Checks the structure alone.
   *
   * @throws SnapshotException if it is unsound, with what is wrong as details
   */
  static void requireSound(BoltFile file, Progress progress) throws IOException {
    BoltCheck.Result check =
        BoltCheck.check(file, done -> progress.report(Progress.Step.CHECK, done, file.bytes()));
    if (!check.isSound()) {
      throw new SnapshotException(
          "snapshot file integrity check failed. " + check.count() + " errors found.",
          check.errors());
    }
  }
}
