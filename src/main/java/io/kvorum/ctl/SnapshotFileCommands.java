package io.kvorum.ctl;

import io.kvorum.backup.SnapshotException;
import io.kvorum.backup.SnapshotHashKv;
import io.kvorum.backup.SnapshotStatus;
import io.kvorum.boot.restore.Restore;
import io.kvorum.boot.restore.RestoreException;
import io.kvorum.boot.restore.RestoreSettings;
import io.kvorum.ctl.output.FileHashReport;
import io.kvorum.ctl.output.FileStatusReport;
import io.kvorum.ctl.output.StepLog;
import io.kvorum.sealing.SealedFile;
import io.kvorum.sealing.Sealing;
import io.kvorum.support.Reason;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The commands that work on a snapshot file, as etcdutl's. Stateless.
 *
 * <p>Held by: SnapshotFileCommandsTest.
 */
final class SnapshotFileCommands {
  static final Flag NAME = Flag.text("name", "default", "the name of the member");
  static final Flag DATA_DIR =
      Flag.text("data-dir", "", "the data directory that is made; <name>.etcd if it is not given");
  static final Flag WAL_DIR =
      Flag.text("wal-dir", "", "where the write-ahead log is to be, if not in the data directory");
  static final Flag TOKEN =
      Flag.text("initial-cluster-token", "etcd-cluster", "the token of the new cluster");
  static final Flag PEER_URLS =
      Flag.text(
          "initial-advertise-peer-urls",
          "http://localhost:2380",
          "where the other members are to reach this one");

  static final Flag KEY_FILE =
      Flag.text(
          "encryption-key-file",
          "",
          "the keys that a file is encrypted with, and that a data directory is to be encrypted"
              + " with");

  static final List<Flag> RESTORE_FLAGS =
      List.of(
          DATA_DIR,
          WAL_DIR,
          KEY_FILE,
          NAME,
          Flag.text(
              "initial-cluster",
              "default=http://localhost:2380",
              "all members of the new cluster, as for a first start"),
          TOKEN,
          PEER_URLS,
          Flag.integer(
              "to-revision", "", "restore the state as of this revision; all if not given"),
          Flag.integer("bump-revision", "0", "how far to move the revision on"),
          Flag.bool("mark-compacted", false, "count all earlier revisions as compacted"),
          Flag.bool("skip-hash-check", false, "for a copy of a database, which has no hash"),
          Flag.integer("initial-memory-map-size", "0", "without effect"));

  private SnapshotFileCommands() {}

  static int status(Invocation invocation) throws CtlException {
    String file = invocation.onlyArgument("snapshot status requires exactly one argument");
    try (FileProgress progress = new FileProgress(invocation)) {
      SnapshotStatus status =
          SnapshotStatus.of(path(file), sealing(invocation.flags()).keys(), progress);
      progress.close();
      invocation.print(new FileStatusReport(status));
      return ExitStatus.SUCCESS;
    } catch (IOException unusable) {
      throw failed(unusable);
    }
  }

  static int hashKv(Invocation invocation) throws CtlException, UsageException {
    if (invocation.arguments().size() != 1) {
      throw new UsageException("accepts 1 arg(s), received " + invocation.arguments().size());
    }
    long revision = invocation.flags().integer("rev");
    try (FileProgress progress = new FileProgress(invocation)) {
      SnapshotHashKv hash =
          SnapshotHashKv.of(
              path(invocation.arguments().get(0)),
              sealing(invocation.flags()).keys(),
              revision,
              progress);
      progress.close();
      invocation.print(new FileHashReport(hash));
      return ExitStatus.SUCCESS;
    } catch (IOException unusable) {
      throw failed(unusable);
    }
  }

  static int restore(Invocation invocation) throws CtlException {
    String file = invocation.onlyArgument("snapshot restore requires exactly one argument");
    FlagValues flags = invocation.flags();
    RestoreSettings settings =
        new RestoreSettings(
            path(file),
            dataDirectory(flags),
            walDirectory(flags),
            new RestoreSettings.NewMember(
                flags.text("name"),
                flags.text("initial-cluster"),
                flags.text("initial-cluster-token"),
                flags.text("initial-advertise-peer-urls")),
            new RestoreSettings.Revisions(
                flags.isSet("to-revision")
                    ? OptionalLong.of(flags.integer("to-revision"))
                    : OptionalLong.empty(),
                flags.integer("bump-revision"),
                flags.isTrue("mark-compacted")),
            flags.isTrue("skip-hash-check"),
            sealing(flags));
    StepLog log = new StepLog(invocation.err());
    try (FileProgress progress = new FileProgress(invocation)) {
      Restore.Restored restored = Restore.run(settings, progress);
      progress.close();
      log.line(
          "restored snapshot",
          "path",
          file,
          "wal-dir",
          walOf(settings).toString(),
          "data-dir",
          settings.dataDirectory().toString(),
          "revision",
          Long.toString(restored.revision()),
          "changes",
          Long.toString(restored.changes()));
      return ExitStatus.SUCCESS;
    } catch (RestoreException refused) {
      throw refusal(refused);
    }
  }

  /** Writes what is in an encrypted snapshot, which is etcd's file, beside its place first. */
  static int decrypt(Invocation invocation) throws CtlException, UsageException {
    if (invocation.arguments().size() != 2) {
      throw new UsageException("accepts 2 arg(s), received " + invocation.arguments().size());
    }
    Path from = path(invocation.arguments().get(0));
    Path to = path(invocation.arguments().get(1));
    try {
      if (!SealedFile.isSealed(from)) {
        throw new CtlException(ExitStatus.ERROR, from + " is not encrypted");
      }
      SealedCopy.decrypt(from, sealing(invocation.flags()).keys(), to);
      invocation.out().println("Snapshot decrypted to " + to);
      return ExitStatus.SUCCESS;
    } catch (IOException unusable) {
      throw failed(unusable);
    }
  }

  static Sealing sealing(FlagValues flags) throws CtlException {
    String file = flags.text(KEY_FILE.name());
    try {
      return file.isEmpty() ? Sealing.off() : Sealing.of(path(file));
    } catch (IOException unusable) {
      throw failed(unusable);
    }
  }

  static CtlException refusal(RestoreException refused) {
    return new CtlException(
        refused.isUsage() ? ExitStatus.BAD_ARGUMENTS : ExitStatus.ERROR,
        String.valueOf(refused.getMessage()),
        refused);
  }

  static Path dataDirectory(FlagValues flags) throws CtlException {
    String given = flags.text("data-dir");
    return path(given.isEmpty() ? flags.text("name") + ".etcd" : given);
  }

  static @Nullable Path walDirectory(FlagValues flags) throws CtlException {
    String given = flags.text("wal-dir");
    return given.isEmpty() ? null : path(given);
  }

  private static Path walOf(RestoreSettings settings) {
    Path given = settings.walDirectory();
    return given == null ? settings.dataDirectory().resolve("member/wal") : given;
  }

  private static Path path(String text) throws CtlException {
    try {
      return Path.of(text);
    } catch (InvalidPathException impossible) {
      throw new CtlException(ExitStatus.ERROR, Reason.of(impossible), impossible);
    }
  }

  private static CtlException failed(IOException failure) {
    StringBuilder text = new StringBuilder();
    if (failure instanceof NoSuchFileException missing) {
      text.append("stat ").append(missing.getFile()).append(": ").append(Reason.of(failure));
    } else {
      text.append(Reason.inFull(failure));
    }
    if (failure instanceof SnapshotException unsound) {
      unsound.details().forEach(line -> text.append(System.lineSeparator()).append(line));
    }
    return new CtlException(ExitStatus.ERROR, text.toString(), failure);
  }
}
