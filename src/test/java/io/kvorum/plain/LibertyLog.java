package io.kvorum.plain;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads messages.log of a Liberty server. Immutable.
 *
 * @param file of the present or the last run
 */
record LibertyLog(Path file) {
  private static final Pattern WARNING_OR_ERROR =
      Pattern.compile("\\[[^\\]]*\\] \\p{XDigit}{8} \\S+ +[WE] (\\w+).*");

  /** A busy machine may be as slow as that at any time; the page explains it. */
  private static final Pattern SLOW =
      Pattern.compile("\\.(CallTimes|ApplyMeter) +W (request stats|apply request|more of these)");

  /** The log of a server whose output directory this is. */
  static LibertyLog below(Path server) {
    return new LibertyLog(server.resolve("logs").resolve("messages.log"));
  }

  /** Warnings and errors that an administrator who has read the page would look into. */
  List<String> unexpected(LibertyPage page) throws IOException {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.filter(line -> isUnexpected(line, page)).toList();
    }
  }

  private static boolean isUnexpected(String line, LibertyPage page) {
    Matcher matcher = WARNING_OR_ERROR.matcher(line);
    return matcher.matches()
        && !page.messages().contains(matcher.group(1))
        && !SLOW.matcher(line).find();
  }

  boolean contains(String text) throws IOException {
    return Files.readString(file).contains(text);
  }
}
