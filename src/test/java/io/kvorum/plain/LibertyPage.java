package io.kvorum.plain;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Reads the configurations that docs/plain-liberty.md shows, so that the tests use what users copy.
 * Immutable.
 *
 * @param server a complete server.xml
 * @param cluster what a member of a cluster adds to it
 * @param relay what JSON on the client URLs adds to it
 * @param messages the ids of Liberty's messages that the page explains
 */
record LibertyPage(String server, String cluster, String relay, Set<String> messages) {
  private static final Pattern BLOCK =
      Pattern.compile("^( *)```xml\\n(.*?)^ *```$", Pattern.MULTILINE | Pattern.DOTALL);

  private static final Pattern VARIABLE =
      Pattern.compile("<variable name=\"([^\"]*)\" value=\"([^\"]*)\"/>");

  private static final Pattern MESSAGE = Pattern.compile("\\b[A-Z]{4,5}\\d{4}[AEIW]\\b");

  private static final String END = "</server>";

  static LibertyPage read() throws IOException {
    List<String> blocks = new ArrayList<>();
    String page = Files.readString(Path.of("docs/plain-liberty.md"));
    Matcher block = BLOCK.matcher(page);
    while (block.find()) {
      blocks.add(block.group(2).replaceAll("(?m)^" + block.group(1), ""));
    }
    if (blocks.size() != 3) {
      throw new IllegalStateException("the page has " + blocks.size() + " configurations");
    }
    return new LibertyPage(
        blocks.get(0),
        blocks.get(1),
        blocks.get(2),
        MESSAGE.matcher(page).results().map(MatchResult::group).collect(Collectors.toSet()));
  }

  /** The server.xml with the lines for the relay in it. */
  String serverWithRelay() {
    return server.replace(END, relay + END);
  }

  /** The variables that a block sets. */
  static Map<String, String> variables(String block) {
    Map<String, String> variables = new LinkedHashMap<>();
    Matcher variable = VARIABLE.matcher(block);
    while (variable.find()) {
      variables.put(variable.group(1), variable.group(2));
    }
    return variables;
  }
}
