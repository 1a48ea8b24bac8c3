package io.kvorum.derby;

import java.io.IOException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Guards the tables of one database: opens them once, reports what Derby throws as an {@link
 * IOException} that names the database, and refuses every write after one that failed, because what
 * is in memory and what is on disk may differ from then on.
 *
 * <p>One thread opens, writes and closes; {@link #read} may be called by any.
 *
 * @param <T> the tables while they are open
 *     <p>Held by: DerbyWalContractTest, DerbyHistoryContractTest, DerbyFullDiskTest.
 */
final class GuardedTables<T extends GuardedTables.Tables> {
  /** Tables that are open. */
  interface Tables {
    void close() throws IOException, SQLException;
  }

  /** Opens the tables over connections of the database. */
  interface Opener<T> {
    T open(DerbyDatabase database) throws IOException, SQLException;
  }

  /** Changes the tables. */
  interface Step<T> {
    void run(T tables) throws IOException, SQLException;
  }

  /** Queries the tables, perhaps after a change. */
  interface Query<T, R> {
    R run(T tables) throws IOException, SQLException;
  }

  /** Looks up what may be missing. */
  interface Lookup<T, R> {
    @Nullable R run(T tables) throws IOException, SQLException;
  }

  private final String name;
  private final DerbyDatabase database;
  private final Opener<T> opener;
  private volatile @Nullable T opened;
  private @Nullable IOException failure;

  /**
   * @param name what the database is, for messages: "the history"
   */
  GuardedTables(String name, DerbyDatabase database, Opener<T> opener) {
    this.name = name;
    this.database = database;
    this.opener = opener;
  }

  /** Boots the database, opens the tables and recovers what they hold. */
  <R> R open(Query<T, R> recovery) throws IOException {
    if (opened != null) {
      throw new IllegalStateException("already open");
    }
    database.open();
    try {
      T tables = opener.open(database);
      R recovered = recovery.run(tables);
      opened = tables;
      return recovered;
    } catch (SQLException e) {
      throw closedAfter(database.failedToOpen("opening " + name, e));
    } catch (IOException e) {
      throw closedAfter(e);
    }
  }

  private IOException closedAfter(IOException failed) {
    try {
      database.close();
    } catch (IOException e) {
      failed.addSuppressed(e);
    }
    return failed;
  }

  /**
   * @param doing what is done, for the message of a failure
   */
  void write(String doing, Step<T> step) throws IOException {
    refuseIfFailed();
    try {
      step.run(tables());
    } catch (SQLException e) {
      throw failed(SqlFailures.io(database.directory(), doing, e));
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** As {@link #write}, with an answer. */
  <R> R change(String doing, Query<T, R> step) throws IOException {
    refuseIfFailed();
    try {
      return step.run(tables());
    } catch (SQLException e) {
      throw failed(SqlFailures.io(database.directory(), doing, e));
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private IOException failed(IOException cause) {
    failure = cause;
    return cause;
  }

  private void refuseIfFailed() throws IOException {
    if (failure != null) {
      throw new IOException(name + " has failed before: " + failure.getMessage(), failure);
    }
  }

  /** Any thread; a failure does not keep the tables from being written. */
  <R> R read(String doing, Query<T, R> query) throws IOException {
    try {
      return query.run(tables());
    } catch (SQLException e) {
      throw SqlFailures.io(database.directory(), doing, e);
    }
  }

  /** As {@link #read}, for what may be missing. */
  <R> @Nullable R find(String doing, Lookup<T, R> lookup) throws IOException {
    try {
      return lookup.run(tables());
    } catch (SQLException e) {
      throw SqlFailures.io(database.directory(), doing, e);
    }
  }

  T tables() {
    T tables = opened;
    if (tables == null) {
      throw new IllegalStateException(name + " is not open");
    }
    return tables;
  }

  /** Closes tables and database; does nothing if they are not open. */
  void close() throws IOException {
    T tables = opened;
    if (tables == null) {
      return;
    }
    opened = null;
    try {
      tables.close();
    } catch (SQLException e) {
      IOException failed = SqlFailures.io(database.directory(), "closing", e);
      if (failure == null) {
        throw failed;
      }
      failure.addSuppressed(failed);
    } finally {
      database.close();
    }
  }
}
