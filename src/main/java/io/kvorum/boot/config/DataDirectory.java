package io.kvorum.boot.config;

import io.kvorum.support.DurableFiles;
import io.kvorum.support.Log;
import io.kvorum.support.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Owns the directories of a member for this process: {@code <data-dir>/member}, the directory of
 * the write-ahead log, and a lock that the system releases however the process ends. Thread-safe.
 */
public final class DataDirectory implements AutoCloseable {
  /** In {@link #member}: the ids of the member, from its first start on. */
  public static final String IDENTITY_FILE = "identity.properties";

  private static final Log LOG = Log.of(DataDirectory.class);

  private static final String LOCK_FILE = "LOCK";

  private static final Set<PosixFilePermission> OWNERS_ONLY =
      PosixFilePermissions.fromString("rwx------");

  /** Always the same name, so that starts which are killed leave one file behind, not many. */
  private static final String PROBE = ".touch";

  /**
   * Prefix of the system property that marks a directory as held within this JVM, across class
   * loaders: POSIX releases a process's lock as soon as the process closes the file anywhere, so a
   * second attempt must not even open it.
   */
  private static final String HELD = "kvorum.held:";

  private final Path member;
  private final Path wal;
  private final FileChannel lockFile;

  private DataDirectory(Path member, Path wal, FileChannel lockFile) {
    this.member = member;
    this.wal = wal;
    this.lockFile = lockFile;
  }

  /**
   * Whether a member has started in the directory before, so that the settings of a first start no
   * longer apply.
   */
  public static boolean hasMember(MemberConfig config) {
    return Files.exists(config.dataDirectory().resolve("member").resolve(IDENTITY_FILE));
  }

  /**
   * Creates what is missing, and takes the lock. The directory of backups is looked at before a
   * first start only: a member that has data does not depend on that disk.
   *
   * @throws ConfigurationException with one line that names the directory, if it cannot be created
   *     or written, if another process holds it, or if it is a stock etcd's
   */
  public static DataDirectory hold(MemberConfig config) {
    Path member = config.dataDirectory().resolve("member");
    if (Files.exists(member.resolve("snap").resolve("db"))) {
      throw new ConfigurationException(
          "data directory \"" + config.dataDirectory() + "\" holds the data of a stock etcd");
    }
    if (!hasMember(config)) {
      config
          .backups()
          .ifPresent(backups -> backups.prepare(config.dataDirectory(), config.walDirectory()));
    }
    create(config.dataDirectory());
    create(member);
    create(config.walDirectory());
    DataDirectory held =
        new DataDirectory(member, config.walDirectory(), lock(config.dataDirectory(), member));
    try {
      checkWritable(config.walDirectory());
      List.of(member, config.walDirectory()).forEach(DataDirectory::warnIfShared);
      return held;
    } catch (ConfigurationException e) {
      held.close();
      throw e;
    }
  }

  /** The directory of the member's files. */
  public Path member() {
    return member;
  }

  /** The directory of the write-ahead log. */
  public Path wal() {
    return wal;
  }

  /** Releases the lock. */
  @Override
  public void close() {
    try {
      lockFile.close();
    } catch (IOException unexpected) {
      throw new IllegalStateException("cannot release " + member.resolve(LOCK_FILE), unexpected);
    } finally {
      System.getProperties().remove(HELD + member);
    }
  }

  private static FileChannel lock(Path dataDirectory, Path member) {
    Path file = member.resolve(LOCK_FILE);
    if (System.getProperties().putIfAbsent(HELD + member, "member") != null) {
      throw held(dataDirectory, "this process");
    }
    FileChannel channel = null;
    boolean locked = false;
    try {
      channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      FileLock lock = channel.tryLock();
      if (lock != null) {
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(processId().getBytes(StandardCharsets.UTF_8)), 0);
        locked = true;
        return channel;
      }
      String holder = Files.readString(file).strip();
      throw held(dataDirectory, holder.isEmpty() ? "another process" : "process " + holder);
    } catch (IOException cannotWrite) {
      throw refusal(file, cannotWrite);
    } finally {
      if (!locked) {
        closeQuietly(channel);
        System.getProperties().remove(HELD + member);
      }
    }
  }

  private static String processId() {
    return ProcessHandle.current().pid() + "\n";
  }

  private static ConfigurationException held(Path dataDirectory, String holder) {
    return new ConfigurationException(
        "data directory \"" + dataDirectory + "\" is in use by " + holder);
  }

  private static void closeQuietly(@Nullable FileChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException alreadyFailing) {
        LOG.debug("cannot close the lock file", alreadyFailing);
      }
    }
  }

  /** Creates a directory that only its owner can read, as etcd does. */
  private static void create(Path directory) {
    try {
      DurableFiles.createPrivateDirectories(directory);
    } catch (IOException cannotCreate) {
      throw refusal(directory, cannotCreate);
    }
  }

  /** As in etcd, no reason to refuse it: it may be a volume whose permissions others decide. */
  private static void warnIfShared(Path directory) {
    try {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(directory);
      if (!OWNERS_ONLY.containsAll(permissions)) {
        LOG.warning(
            "directory \"{}\" can be used by others ({}), and so can the data in it: it should be {}",
            directory,
            PosixFilePermissions.toString(permissions),
            PosixFilePermissions.toString(OWNERS_ONLY));
      }
    } catch (UnsupportedOperationException withoutPermissions) {
      LOG.debug("the file system of {} has no permissions", directory);
    } catch (IOException unreadable) {
      throw refusal(directory, unreadable);
    }
  }

  /** Also removes the probe that a start left behind which was killed here. */
  private static void checkWritable(Path directory) {
    Path probe = directory.resolve(PROBE);
    try {
      Files.write(probe, new byte[] {1});
      Files.deleteIfExists(probe);
    } catch (IOException cannotWrite) {
      throw refusal(directory, cannotWrite);
    }
  }

  private static ConfigurationException refusal(Path path, IOException failure) {
    return new ConfigurationException("cannot write \"" + path + "\": " + Reason.of(failure));
  }
}
