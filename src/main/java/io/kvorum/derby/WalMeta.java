package io.kvorum.derby;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the facts beside the entries in the table META: the election state and the initial members.
 * Confined to the Raft thread.
 *
 * <p>Held by: DerbyWalContractTest.
 */
final class WalMeta {
  static final String CREATE_TABLE =
      "CREATE TABLE META (NAME VARCHAR(32) NOT NULL PRIMARY KEY, NUM BIGINT NOT NULL,"
          + " DATA VARCHAR(32672) FOR BIT DATA)";

  private static final String TERM = "term";
  private static final String MEMBERS = "members";

  /** A row of META. */
  private record Fact(long number, byte @Nullable [] data) {
    static final Fact NONE = new Fact(0, null);
  }

  private final PreparedStatement select;
  private final PreparedStatement update;
  private final PreparedStatement insert;

  WalMeta(Connection connection) throws SQLException {
    select = connection.prepareStatement("SELECT NUM, DATA FROM META WHERE NAME = ?");
    update = connection.prepareStatement("UPDATE META SET NUM = ?, DATA = ? WHERE NAME = ?");
    insert = connection.prepareStatement("INSERT INTO META (NUM, DATA, NAME) VALUES (?, ?, ?)");
  }

  int term() throws SQLException {
    return (int) read(TERM).number();
  }

  @Nullable String votedFor() throws SQLException {
    byte[] name = read(TERM).data();
    return name == null ? null : new String(name, StandardCharsets.UTF_8);
  }

  byte @Nullable [] members() throws SQLException {
    return read(MEMBERS).data();
  }

  void writeTerm(int term, @Nullable String votedFor) throws SQLException {
    write(TERM, term, votedFor == null ? null : votedFor.getBytes(StandardCharsets.UTF_8));
  }

  void writeMembers(byte[] members) throws SQLException {
    write(MEMBERS, 0, members);
  }

  private Fact read(String name) throws SQLException {
    select.setString(1, name);
    try (ResultSet rows = select.executeQuery()) {
      return rows.next() ? new Fact(rows.getLong(1), rows.getBytes(2)) : Fact.NONE;
    }
  }

  private void write(String name, long number, byte @Nullable [] data) throws SQLException {
    if (execute(update, name, number, data) == 0) {
      execute(insert, name, number, data);
    }
  }

  private static int execute(
      PreparedStatement statement, String name, long number, byte @Nullable [] data)
      throws SQLException {
    statement.setLong(1, number);
    if (data == null) {
      statement.setNull(2, Types.VARBINARY);
    } else {
      statement.setBytes(2, data);
    }
    statement.setString(3, name);
    return statement.executeUpdate();
  }
}
