package io.kvorum.derby;

import io.kvorum.derby.files.DatabaseFiles;
import io.kvorum.sealing.RecordSealer;
import io.kvorum.sealing.Sealing;
import io.kvorum.support.DurableFiles;
import io.kvorum.support.Log;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.derby.jdbc.EmbeddedDataSource;

/**
 * Runs one embedded Derby database: creates it if missing, checks its files before Derby boots it,
 * stops it cleanly.
 *
 * <p>Thread-safe: {@link #connect} may be called by any thread between {@link #open} and {@link
 * #close}.
 *
 * <p>Held by: DerbyWalContractTest, DerbyHistoryContractTest, HistoryDirectoriesTest.
 */
final class DerbyDatabase implements AutoCloseable {

  /**
   * How a database is created and run.
   *
   * @param name of the {@link EmptyDatabase} with this schema
   * @param schema statements that create the tables
   * @param pageCachePages how many pages Derby keeps in memory
   * @param logBufferBytes the size of each of the three buffers of Derby's log; a transaction that
   *     is longer is written in parts
   */
  record Settings(String name, List<String> schema, int pageCachePages, int logBufferBytes) {}

  /**
   * Derby writes a page in place with one call of its size, and a kill can fall between two pages
   * of the kernel's: only what is not larger than one of those (4 KiB) is never torn.
   */
  static final int PAGE_BYTES = 4_096;

  /** A file of Derby's log; so much is laid out at once. */
  static final int LOG_FILE_BYTES = 16 << 20;

  private static final Log LOG = Log.of(DerbyDatabase.class);

  /** Derby reads some settings from system properties while it boots a database: one at a time. */
  private static final Object BOOTING = new Object();

  /**
   * The databases that this process has open. Needed because opening and closing the lock file of a
   * database that is open in the same process would release its lock (as POSIX defines locks).
   */
  private static final Set<Path> OPEN_HERE = ConcurrentHashMap.newKeySet();

  private static final String LOCK_FILE = "dbex.lck";
  private static final String DATABASE_DOWN = "08006";
  private static final String NOT_BOOTED = "XJ004";

  /**
   * Set at creation, kept in the database. Locks are never escalated: a table lock would make
   * readers wait for a large transaction. The log is switched in steps small enough that laying out
   * the next file (Derby fills it with zeros) is no long pause.
   */
  private static final List<String> PROPERTIES =
      List.of(
          property("derby.storage.pageSize", PAGE_BYTES),
          property("derby.storage.pageReservedSpace", 0),
          property("derby.locks.escalationThreshold", Integer.MAX_VALUE),
          property("derby.storage.logSwitchInterval", LOG_FILE_BYTES),
          property("derby.storage.checkpointInterval", 64 << 20));

  private final Path directory;
  private final Settings settings;
  private final RecordSealer sealer;
  private boolean open;
  private boolean verified;

  /** Files that looked too short before Derby booted. */
  private List<String> suspects = List.of();

  /**
   * @param sealing what its records are sealed with
   */
  DerbyDatabase(Path directory, Settings settings, Sealing sealing) {
    this.directory = directory.toAbsolutePath().normalize();
    this.settings = settings;
    this.sealer = new RecordSealer(sealing, this.directory);
  }

  Path directory() {
    return directory;
  }

  /** Seals the records of this database and opens them. Any thread, while it is open. */
  RecordSealer sealer() {
    return sealer;
  }

  /** Whether this process has the database of that directory open. Any thread. */
  static boolean isOpenHere(Path directory) {
    return OPEN_HERE.contains(directory.toAbsolutePath().normalize());
  }

  /**
   * Deletes the database of a directory, if there is one, unless this process has it open; until
   * that is done it cannot be opened. Any thread.
   *
   * @return false if it is open
   */
  static boolean deleteUnlessOpen(Path directory) throws IOException {
    Path place = directory.toAbsolutePath().normalize();
    if (!OPEN_HERE.add(place)) {
      return false;
    }
    try {
      DurableFiles.deleteTree(place);
    } finally {
      OPEN_HERE.remove(place);
    }
    return true;
  }

  /**
   * Checks the files, if there are any, and changes none. {@link #open} does so too, if this was
   * not called; a member that has two databases wants to have seen both before it opens one.
   *
   * @throws IOException if the database is damaged or in use
   */
  void verify() throws IOException {
    if (OPEN_HERE.contains(directory)) {
      throw alreadyOpen();
    }
    if (!DatabaseDirectory.isVacant(directory)) {
      checkFiles();
      verified = true;
    }
  }

  private void checkFiles() throws IOException {
    refuseIfLocked();
    sealer.load();
    DatabaseFiles.check(directory);
  }

  private IOException alreadyOpen() {
    return new IOException("the database " + directory + " is already open in this process");
  }

  /**
   * Creates the database if there is none, checks its files, boots it.
   *
   * @throws IOException if it is damaged or in use; nothing has been changed then, unless the
   *     message says that Derby itself found the damage while it recovered
   */
  void open() throws IOException {
    refuseUnsafeSettings();
    if (!OPEN_HERE.add(directory)) {
      throw alreadyOpen();
    }
    boolean opened = false;
    boolean interrupted = Thread.currentThread().isInterrupted();
    try {
      new DatabaseDirectory(directory).fill(this::writeNew);
      if (!verified) {
        checkFiles();
      }
      verified = false;
      suspects = DatabaseFiles.shortFiles(directory);
      DatabaseFiles.forgetCleanClose(directory);
      boot(directory, false).close();
      opened = true;
    } catch (SQLException e) {
      throw failedToOpen("opening", e);
    } finally {
      open = opened;
      if (!opened) {
        OPEN_HERE.remove(directory);
        forgetInterrupt(interrupted);
      }
    }
  }

  /** Words what went wrong, and which files look as if they were the cause. */
  IOException failedToOpen(String doing, SQLException e) {
    IOException failure = SqlFailures.io(directory, doing, e);
    return suspects.isEmpty()
        ? failure
        : new IOException(failure.getMessage() + "; too short: " + suspects, e);
  }

  /** A new connection; auto-commit is on, isolation is READ COMMITTED, as JDBC has it. */
  Connection connect() throws SQLException {
    return source(directory).getConnection();
  }

  /** Stops the database; connections that are still open become unusable. */
  @Override
  public void close() throws IOException {
    if (!open) {
      return;
    }
    open = false;
    try {
      if (shutDown(directory)) {
        DatabaseFiles.recordCleanClose(directory);
      }
    } finally {
      OPEN_HERE.remove(directory);
    }
  }

  /** Derby interrupts the threads that work in a database that it gives up, this one as well. */
  private static void forgetInterrupt(boolean before) {
    if (!before && Thread.interrupted()) {
      LOG.debug("Derby interrupted the thread that stopped it");
    }
  }

  private static void refuseUnsafeSettings() throws IOException {
    String durability = System.getProperty("derby.system.durability");
    if (durability != null) {
      throw new IOException(
          "the system property derby.system.durability=" + durability + " makes commits unsafe");
    }
  }

  private void refuseIfLocked() throws IOException {
    try (FileChannel channel =
        FileChannel.open(directory.resolve(LOCK_FILE), StandardOpenOption.WRITE)) {
      try (FileLock lock = channel.tryLock()) {
        if (lock == null) {
          throw new IOException("another process holds the database " + directory);
        }
      }
    } catch (NoSuchFileException closedCleanly) {
      LOG.debug("{} has no lock file: it was closed cleanly", directory);
    }
  }

  private void writeNew(Path place) throws IOException {
    if (!EmptyDatabase.unpack(settings.name(), place)) {
      create(place);
    }
    DatabaseFiles.seal(place);
    sealer.begin(place);
  }

  /** Lets Derby create a database and its tables in a directory that does not exist yet. */
  void create(Path place) throws IOException {
    try (Connection connection = boot(place, true)) {
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        for (String sql : PROPERTIES) {
          statement.execute(sql);
        }
        for (String sql : settings.schema()) {
          statement.execute(sql);
        }
      }
      connection.commit();
    } catch (SQLException e) {
      throw SqlFailures.io(place, "creating", e);
    }
    if (!shutDown(place)) {
      throw new IOException("Derby gave up the new database " + place);
    }
  }

  private Connection boot(Path path, boolean create) throws SQLException {
    synchronized (BOOTING) {
      if (System.getProperty("derby.stream.error.file") == null) {
        System.setProperty("derby.stream.error.method", DerbyMessages.class.getName() + ".stream");
      }
      System.setProperty(
          "derby.storage.pageCacheSize", Integer.toString(settings.pageCachePages()));
      System.setProperty(
          "derby.storage.logBufferSize", Integer.toString(settings.logBufferBytes()));
      EmbeddedDataSource source = source(path);
      if (create) {
        source.setCreateDatabase("create");
      }
      return source.getConnection();
    }
  }

  private static EmbeddedDataSource source(Path path) {
    EmbeddedDataSource source = new EmbeddedDataSource();
    source.setDatabaseName(path.toString());
    return source;
  }

  /** False if Derby had given the database up before, because of an error. */
  private static boolean shutDown(Path path) throws IOException {
    EmbeddedDataSource source = source(path);
    source.setShutdownDatabase("shutdown");
    boolean interrupted = Thread.currentThread().isInterrupted();
    try {
      source.getConnection().close();
      throw new IOException("Derby did not confirm the shutdown of " + path);
    } catch (SQLException e) {
      if (NOT_BOOTED.equals(e.getSQLState())) {
        return false;
      }
      if (!DATABASE_DOWN.equals(e.getSQLState())) {
        throw SqlFailures.io(path, "shutting down", e);
      }
      return true;
    } finally {
      forgetInterrupt(interrupted);
    }
  }

  private static String property(String name, long value) {
    return "CALL SYSCS_UTIL.SYSCS_SET_DATABASE_PROPERTY('" + name + "', '" + value + "')";
  }
}
