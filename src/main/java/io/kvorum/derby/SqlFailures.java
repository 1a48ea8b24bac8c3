package io.kvorum.derby;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Turns what Derby throws into an {@link IOException} with one clear line: what was being done, in
 * which database, with which file if Derby names a container, and every cause once.
 */
final class SqlFailures {
  /** Derby says {@code Container(0, 1088)} and means the file {@code seg0/c440.dat}. */
  private static final Pattern CONTAINER = Pattern.compile("Container\\((\\d+), (\\d+)\\)");

  private static final int DEEPEST_CAUSE = 12;

  private SqlFailures() {}

  static IOException io(Path directory, String doing, SQLException failure) {
    Set<String> lines = new LinkedHashSet<>();
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < DEEPEST_CAUSE; depth++) {
      lines.add(describe(cause));
      cause =
          cause instanceof SQLException sql && sql.getNextException() != null
              ? sql.getNextException()
              : cause.getCause();
    }
    String message =
        doing + " failed in the database " + directory + ": " + String.join("; ", lines);
    String file = fileNamedIn(message);
    return new IOException(file == null ? message : message + " (file " + file + ")", failure);
  }

  private static String describe(Throwable cause) {
    String text = String.valueOf(cause.getMessage()).strip();
    if (cause instanceof SQLException sql && sql.getSQLState() != null) {
      return text + " [" + sql.getSQLState() + "]";
    }
    boolean speaksForItself = cause instanceof FileNotFoundException;
    return speaksForItself ? text : cause.getClass().getSimpleName() + ": " + text;
  }

  static @Nullable String fileNamedIn(String message) {
    Matcher container = CONTAINER.matcher(message);
    return container.find()
        ? "seg"
            + container.group(1)
            + "/c"
            + Long.toHexString(Long.parseLong(container.group(2)))
            + ".dat"
        : null;
  }
}
