package io.kvorum.derby;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Turns an exception of Derby into an {@link IOException} with one clear line: what was being done,
 * in which database, with which file if Derby names a container, and every cause once.
 *
 * <p>Held by: DerbyHistoryDamageTest, DerbyFullDiskTest.
 */
final class SqlFailures {
  /** Derby says {@code Container(0, 1088)} and means the file {@code seg0/c440.dat}. */
  private static final Pattern CONTAINER =
      Pattern.compile("(?:Container\\(0, |conglomerate \\()([^)]+)\\)");

  private static final Pattern NOISE =
      Pattern.compile(" with class loader \\S+, see the next exception for details\\.?");

  private static final int DEEPEST_CAUSE = 12;

  private SqlFailures() {}

  static IOException io(Path directory, String doing, SQLException failure) {
    StringBuilder message =
        new StringBuilder(doing).append(" failed in the database ").append(directory);
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < DEEPEST_CAUSE; depth++) {
      String text = NOISE.matcher(String.valueOf(cause.getMessage())).replaceAll("").strip();
      if (message.indexOf(text) < 0) {
        message.append(depth == 0 ? ": " : "; ").append(text);
      }
      cause =
          cause instanceof SQLException sql && sql.getNextException() != null
              ? sql.getNextException()
              : cause.getCause();
    }
    String file = fileNamedIn(message.toString());
    if (file != null) {
      message.append(" (file ").append(file).append(")");
    }
    return new IOException(
        message.append(" [").append(failure.getSQLState()).append("]").toString(), failure);
  }

  static @Nullable String fileNamedIn(String message) {
    Matcher container = CONTAINER.matcher(message);
    // Some messages have the number with thousands separators.
    String number = container.find() ? container.group(1).replaceAll("\\D", "") : "";
    return number.isEmpty() || number.length() > 15
        ? null
        : "seg0/c" + Long.toHexString(Long.parseLong(number)) + ".dat";
  }
}
