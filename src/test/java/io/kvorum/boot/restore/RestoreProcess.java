package io.kvorum.boot.restore;

import io.kvorum.boot.restore.RestoreSettings.NewMember;
import io.kvorum.boot.restore.RestoreSettings.Revisions;
import java.nio.file.Path;

/** Restores in a process of its own, which says each step on its standard output. */
final class RestoreProcess {
  private static final long SAY_EVERY_BYTES = 1 << 20;

  private RestoreProcess() {}

  /**
   * @param args snapshot, data directory, directory of the log or nothing
   */
  public static void main(String[] args) throws RestoreException {
    long[] said = new long[3];
    RestoreSettings settings =
        new RestoreSettings(
            Path.of(args[0]),
            Path.of(args[1]),
            args.length > 2 ? Path.of(args[2]) : null,
            NewMember.DEFAULT,
            Revisions.ALL,
            false);
    Restore.run(
        settings,
        (step, done, total) -> {
          if (done / SAY_EVERY_BYTES != said[step.ordinal()]) {
            said[step.ordinal()] = done / SAY_EVERY_BYTES;
            System.out.println(step + " " + done);
          }
        });
    System.out.println("restored");
  }
}
