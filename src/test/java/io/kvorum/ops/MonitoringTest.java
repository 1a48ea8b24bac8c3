package io.kvorum.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.SystemCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The rules and the dashboard in {@code deploy/monitoring}, against what a member exposes. */
class MonitoringTest {
  private static final Path MONITORING = Path.of("deploy/monitoring");
  private static final Path RULES = MONITORING.resolve("kvorum-rules.yaml");
  private static final Path DASHBOARD = MONITORING.resolve("kvorum-dashboard.json");
  private static final Path CASES = Path.of("src/test/resources/monitoring/kvorum-rules-test.yaml");
  private static final Pattern SAMPLE = Pattern.compile("([a-z_]+)(\\{(.*)})? \\S+");
  private static final Pattern LABEL = Pattern.compile("([a-zA-Z_]+)=\"");
  private static final Pattern SHOWN = Pattern.compile("\\{\\{\\s*(?:\\$labels\\.)?(\\w+)[^}]*}}");
  private static final String NO_PROMTOOL =
      "no promtool on the PATH; on Debian and Ubuntu it is in the package prometheus";

  /** Added by whoever scrapes. */
  private static final Set<String> OF_THE_TARGET = Set.of("job", "instance", "cluster");

  @TempDir private Path directory;

  @Test
  void everyNameInTheRulesIsExposed() throws IOException {
    Map<String, Set<String>> exposed = exposed();
    exposed.put("up", Set.of()); // Prometheus's own
    for (Map<?, ?> rule : rules()) {
      String text = rule.get("annotations").toString();
      assertNames(rule.get("alert").toString(), rule.get("expr").toString(), text, exposed);
    }
  }

  @Test
  void everyRuleSaysWhatItMeansAndHowBadItIs() throws IOException {
    Set<String> names = new HashSet<>();
    for (Map<?, ?> rule : rules()) {
      assertThat(names.add(rule.get("alert").toString())).as("twice: " + rule).isTrue();
      assertThat(((Map<?, ?>) rule.get("labels")).get("severity")).isIn("warning", "critical");
      Map<?, ?> annotations = (Map<?, ?>) rule.get("annotations");
      assertThat(annotations.get("summary").toString()).endsWith(".");
      assertThat(annotations.get("description").toString()).endsWith(".");
    }
    assertThat(names).hasSizeGreaterThan(10);
  }

  @Test
  void everyNameInTheDashboardIsExposed() throws IOException {
    Map<String, Set<String>> exposed = exposed();
    queries().forEach((query, legend) -> assertNames("the dashboard", query, legend, exposed));
    for (JsonElement variable : dashboard().getAsJsonObject("templating").getAsJsonArray("list")) {
      if (variable.getAsJsonObject().has("definition")) {
        Matcher values =
            Pattern.compile("label_values\\((.*), (\\w+)\\)")
                .matcher(variable.getAsJsonObject().get("definition").getAsString());
        assertThat(values.matches()).isTrue();
        assertNames("a variable", values.group(1), "{{" + values.group(2) + "}}", exposed);
      }
    }
  }

  @Test
  void thePanelsOfTheDashboardFillTheirRowsWithoutOverlap() throws IOException {
    Set<String> cells = new HashSet<>();
    Set<Integer> ids = new HashSet<>();
    for (JsonElement element : dashboard().getAsJsonArray("panels")) {
      JsonObject panel = element.getAsJsonObject();
      assertThat(ids.add(panel.get("id").getAsInt())).isTrue();
      JsonObject place = panel.getAsJsonObject("gridPos");
      int left = place.get("x").getAsInt();
      int top = place.get("y").getAsInt();
      assertThat(left + place.get("w").getAsInt()).isLessThanOrEqualTo(24);
      for (int x = left; x < left + place.get("w").getAsInt(); x++) {
        for (int y = top; y < top + place.get("h").getAsInt(); y++) {
          assertThat(cells.add(x + "," + y)).as(panel.get("title").getAsString()).isTrue();
        }
      }
    }
  }

  @Test
  void promtoolAcceptsTheRulesAndTheQueriesOfTheDashboard() throws Exception {
    assumeTrue(ServerKind.onPath("promtool").isPresent(), NO_PROMTOOL);
    assertAccepted(SystemCommand.attempt("promtool", "check", "rules", RULES.toString()));
    StringBuilder rules = new StringBuilder("groups:\n- name: queries\n  rules:\n");
    int number = 0;
    for (String query : queries().keySet()) {
      String plain = query.replace("$__rate_interval", "1m").replace("$job", "j");
      String quoted = plain.replace("$instance", ".+").replace("'", "''");
      rules.append("  - {record: 'q").append(number++).append("', expr: '");
      rules.append(quoted).append("'}\n");
    }
    Path file = Files.writeString(directory.resolve("queries.yaml"), rules);
    assertAccepted(SystemCommand.attempt("promtool", "check", "rules", file.toString()));
  }

  @Test
  void theRulesFireWhenTheyShould() throws Exception {
    assumeTrue(ServerKind.onPath("promtool").isPresent(), NO_PROMTOOL);
    Path cases = directory.resolve("cases.yaml");
    Files.writeString(
        cases, Files.readString(CASES).replace("RULES", RULES.toAbsolutePath().toString()));
    assertAccepted(SystemCommand.attempt("promtool", "test", "rules", cases.toString()));
  }

  private static void assertAccepted(SystemCommand.Outcome outcome) {
    assertThat(outcome.succeeded()).as(outcome.output()).isTrue();
  }

  private static void assertNames(
      String where, String expression, String text, Map<String, Set<String>> exposed) {
    PromQl query = PromQl.parse(expression);
    assertThat(query.metrics()).as(expression).isSubsetOf(exposed.keySet());
    Set<String> labels = new TreeSet<>(OF_THE_TARGET);
    query.metrics().forEach(metric -> labels.addAll(exposed.get(metric)));
    assertThat(query.labels()).as(where + ": " + expression).isSubsetOf(labels);
    Matcher shown = SHOWN.matcher(text);
    while (shown.find()) {
      assertThat(labels).as(where + ": " + text).contains(shown.group(1));
    }
  }

  /** The labels of every sample that a member exposes. */
  private static Map<String, Set<String>> exposed() {
    Map<String, Set<String>> exposed = new TreeMap<>();
    String page = EtcdMetrics.text(EtcdMetricsTest.report(), Phase.SERVING);
    for (String line : page.lines().filter(line -> !line.startsWith("#")).toList()) {
      Matcher sample = SAMPLE.matcher(line);
      assertThat(sample.matches()).as(line).isTrue();
      Set<String> labels = exposed.computeIfAbsent(sample.group(1), name -> new TreeSet<>());
      if (sample.group(3) != null) {
        Matcher label = LABEL.matcher(sample.group(3));
        while (label.find()) {
          labels.add(label.group(1));
        }
      }
    }
    return exposed;
  }

  private static List<Map<?, ?>> rules() throws IOException {
    Load load = new Load(LoadSettings.builder().setLabel(RULES.toString()).build());
    Map<?, ?> file = (Map<?, ?>) load.loadFromString(Files.readString(RULES));
    List<Map<?, ?>> rules = new ArrayList<>();
    for (Object group : (List<?>) file.get("groups")) {
      ((List<?>) ((Map<?, ?>) group).get("rules")).forEach(rule -> rules.add((Map<?, ?>) rule));
    }
    return rules;
  }

  private static JsonObject dashboard() throws IOException {
    return JsonParser.parseString(Files.readString(DASHBOARD)).getAsJsonObject();
  }

  /** The queries of all panels, with the form of their legends. */
  private static Map<String, String> queries() throws IOException {
    Map<String, String> queries = new LinkedHashMap<>();
    for (JsonElement panel : dashboard().getAsJsonArray("panels")) {
      JsonArray targets = panel.getAsJsonObject().getAsJsonArray("targets");
      if (targets != null) {
        for (JsonElement element : targets) {
          JsonObject target = element.getAsJsonObject();
          queries.put(target.get("expr").getAsString(), target.get("legendFormat").getAsString());
        }
      }
    }
    assertThat(queries).hasSizeGreaterThan(20);
    return queries;
  }
}
