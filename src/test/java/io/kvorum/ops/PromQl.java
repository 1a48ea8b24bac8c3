package io.kvorum.ops;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names in an expression of Prometheus's query language: enough to look them up. Whether the
 * expression is well-formed is for promtool to say.
 */
record PromQl(Set<String> metrics, Set<String> labels) {
  private static final Pattern TEXT = Pattern.compile("\"(\\\\.|[^\"\\\\])*\"");
  private static final Pattern MATCHERS = Pattern.compile("\\{([^}]*)}");
  private static final Pattern RANGE = Pattern.compile("\\[[^]]*]");
  private static final Pattern GROUPING =
      Pattern.compile("\\b(by|without|on|ignoring|group_left|group_right)\\s*\\(([^)]*)\\)");
  private static final Pattern FUNCTION = Pattern.compile("\\b[a-z_0-9]+\\s*\\(");
  private static final Pattern NAME = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_:]*");
  private static final Set<String> WORDS =
      Set.of("sum", "max", "min", "avg", "count", "and", "or", "unless", "bool", "offset");

  static PromQl parse(String expression) {
    String rest = TEXT.matcher(expression).replaceAll("\"\"");
    Set<String> labels = new TreeSet<>();
    rest = collect(MATCHERS, 1, rest, labels);
    rest = RANGE.matcher(rest).replaceAll("");
    rest = collect(GROUPING, 2, rest, labels);
    rest = FUNCTION.matcher(rest).replaceAll("(");
    Set<String> metrics = names(rest);
    metrics.removeAll(WORDS);
    return new PromQl(metrics, labels);
  }

  private static String collect(Pattern pattern, int group, String text, Set<String> names) {
    Matcher found = pattern.matcher(text);
    while (found.find()) {
      names.addAll(names(found.group(group)));
    }
    return found.replaceAll(" ");
  }

  private static Set<String> names(String text) {
    Set<String> names = new TreeSet<>();
    Matcher name = NAME.matcher(text);
    while (name.find()) {
      names.add(name.group());
    }
    return names;
  }
}
