package io.kvorum.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The package table of ARCHITECTURE.md, as rules. Its rows look like this:
 *
 * <pre>
 *   | `watch` | what it is for | `model`, `mvcc` |
 * </pre>
 *
 * <p>A class belongs to the row with the longest name that its package begins with. It may use the
 * JDK, libraries, its own row, {@code support}, and the rows that its own one names: of those, only
 * the package itself, since its sub-packages are inner ones unless they have a row. A row may also
 * say "all", or "all but" and names. Immutable.
 */
final class PackageTable {
  private static final String ROOT = "io.kvorum.";
  private static final String ANYTHING = "all";
  private static final String ANYTHING_BUT = "all but";
  private static final String FOR_EVERYONE = "support";

  /** Generated packages have no face: all of them may be used where the row is named. */
  private static final String GENERATED = "proto";

  private static final Pattern LINE =
      Pattern.compile("^\\| `([a-z.]+)` \\|[^|]*\\|([^|]*)\\|\\s*$");

  /** The package of an imported class, or of the class of an imported static member. */
  private static final Pattern IMPORT =
      Pattern.compile("^import (?:static )?io\\.kvorum\\.([a-z.]+)\\.[A-Z].*$");

  private static final Pattern NAME = Pattern.compile("`([a-z.]+)`");

  /** One line of the table. */
  record Row(String name, Set<String> mayUse, Set<String> mayNotUse, boolean mayUseAll) {
    boolean mayUse(String other) {
      return other.equals(FOR_EVERYONE)
          || (mayUseAll ? !mayNotUse.contains(other) : mayUse.contains(other));
    }
  }

  private final Map<String, Row> rows;

  private PackageTable(Map<String, Row> rows) {
    this.rows = rows;
  }

  /**
   * @throws IllegalStateException if the file has no table
   */
  static PackageTable read(Path file) {
    Map<String, Row> rows = new LinkedHashMap<>();
    try {
      for (String line : Files.readAllLines(file)) {
        Matcher row = LINE.matcher(line);
        if (row.matches()) {
          rows.put(row.group(1), row(row.group(1), row.group(2).strip()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (rows.isEmpty()) {
      throw new IllegalStateException(file + " has no table of packages");
    }
    return new PackageTable(rows);
  }

  private static Row row(String name, String mayUse) {
    Set<String> names = new LinkedHashSet<>();
    Matcher used = NAME.matcher(mayUse);
    while (used.find()) {
      names.add(used.group(1));
    }
    if (mayUse.equals(ANYTHING) || mayUse.startsWith(ANYTHING_BUT)) {
      return new Row(name, Set.of(), names, true);
    }
    return new Row(name, names, Set.of(), false);
  }

  List<Row> rows() {
    return List.copyOf(rows.values());
  }

  /** What a row names that does not stand above it. */
  List<String> arrowsAgainstTheDrawing() {
    List<String> wrong = new ArrayList<>();
    Set<String> above = new LinkedHashSet<>();
    for (Row row : rows.values()) {
      row.mayUse().stream()
          .filter(used -> !above.contains(used))
          .forEach(used -> wrong.add(row.name() + " -> " + used));
      above.add(row.name());
    }
    return wrong;
  }

  /**
   * The imports of the sources that the table does not allow. ArchUnit sees classes, in which a
   * constant of another class has become a number.
   */
  List<String> forbiddenImports(Path sources) {
    List<String> forbidden = new ArrayList<>();
    try (Stream<Path> files = Files.walk(sources.resolve("io/kvorum"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        String from = sources.resolve("io/kvorum").relativize(file.getParent()).toString();
        Row row = rowOf(from.replace('/', '.')).orElseThrow();
        for (String line : Files.readAllLines(file)) {
          Matcher imported = IMPORT.matcher(line);
          if (imported.matches() && !isAllowed(row, imported.group(1))) {
            forbidden.add(file + ": " + line);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return forbidden;
  }

  /** Each class of ours belongs to a row. */
  ArchCondition<JavaClass> containThem() {
    return new ArchCondition<>("stand in a package of the table") {
      @Override
      public void check(JavaClass item, ConditionEvents events) {
        if (rowOf(insideRoot(item)).isEmpty()) {
          events.add(SimpleConditionEvent.violated(item, item.getName() + " is in no row"));
        }
      }
    };
  }

  /** What the classes of this row may use. */
  ArchRule rule(Row row) {
    DescribedPredicate<JavaClass> belongs =
        DescribedPredicate.describe(
            "belong to " + row.name(),
            item -> rowOf(insideRoot(item)).filter(row::equals).isPresent());
    DescribedPredicate<JavaClass> allowed =
        DescribedPredicate.describe(
            "the JDK, libraries, itself or what its row allows: " + row,
            target -> isAllowed(row, insideRoot(target)));
    return classes().that(belongs).should().onlyDependOnClassesThat(allowed).allowEmptyShould(true);
  }

  /**
   * @param target a package below ours, or empty
   */
  private boolean isAllowed(Row row, String target) {
    Optional<Row> used = rowOf(target);
    if (used.isEmpty() || used.get().equals(row)) {
      return true;
    }
    String name = used.get().name();
    boolean isFace = target.equals(name) || name.equals(GENERATED);
    return isFace && row.mayUse(name);
  }

  private Optional<Row> rowOf(String packageName) {
    String name = packageName;
    while (!name.isEmpty()) {
      Row row = rows.get(name);
      if (row != null) {
        return Optional.of(row);
      }
      name = name.substring(0, Math.max(0, name.lastIndexOf('.')));
    }
    return Optional.empty();
  }

  /** The package below ours; empty for a class that is not ours. */
  private static String insideRoot(JavaClass item) {
    String name = item.getBaseComponentType().getPackageName();
    return name.startsWith(ROOT) ? name.substring(ROOT.length()) : "";
  }
}
