package io.kvorum.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Holds that the tests of a class can be found: there is one whose name begins with the name of the
 * class, or the class, its package or a package around it says {@code Held by:} and names them.
 * Records, enums, interfaces and exceptions need none.
 */
class FindableTestsTest {
  private static final Path SOURCES = Path.of("src");
  private static final Path MAIN = SOURCES.resolve("main/java");
  private static final String PACKAGE = "package-info";
  private static final Pattern HELD_BY = Pattern.compile("Held by:([^.]*)\\.");
  private static final Pattern NAME = Pattern.compile("\\b[A-Z]\\w+");
  private static final Pattern CLASS =
      Pattern.compile("^(public |final |abstract |sealed |non-sealed )*class ", Pattern.MULTILINE);

  @Test
  void eachClassHasTestsThatCanBeFound() throws IOException {
    Set<String> tests = testClasses();
    Map<Path, String> main = sources(MAIN);
    List<String> without = new ArrayList<>();
    main.forEach(
        (path, text) -> {
          String name = nameOf(path);
          boolean needsTests =
              CLASS.matcher(text).find() && !name.equals(PACKAGE) && !name.endsWith("Exception");
          if (needsTests
              && tests.stream().noneMatch(test -> isTest(test) && test.startsWith(name))
              && !HELD_BY.matcher(text).find()
              && !isHeldAsAPackage(path.getParent(), main)) {
            without.add(path.toString());
          }
        });
    assertThat(without).as("classes whose tests cannot be found").isEmpty();
  }

  @Test
  void eachNamedTestExists() throws IOException {
    Set<String> tests = testClasses();
    List<String> wrong = new ArrayList<>();
    sources(MAIN)
        .forEach(
            (path, text) -> {
              Matcher line = HELD_BY.matcher(text);
              while (line.find()) {
                Matcher name = NAME.matcher(line.group(1));
                while (name.find()) {
                  if (!tests.contains(name.group())) {
                    wrong.add(path + ": " + name.group());
                  }
                }
              }
            });
    assertThat(wrong).as("named after \"Held by:\", but there is no such class").isEmpty();
  }

  private static boolean isHeldAsAPackage(Path directory, Map<Path, String> main) {
    String text = main.getOrDefault(directory.resolve(PACKAGE + ".java"), "");
    return HELD_BY.matcher(text).find()
        || !directory.equals(MAIN) && isHeldAsAPackage(directory.getParent(), main);
  }

  private static boolean isTest(String name) {
    return name.endsWith("Test") || name.endsWith("IT");
  }

  /** The simple names of all classes in the source roots besides main. */
  private static Set<String> testClasses() throws IOException {
    Set<String> names = new HashSet<>();
    try (Stream<Path> roots = Files.list(SOURCES)) {
      for (Path root : roots.map(root -> root.resolve("java")).filter(Files::exists).toList()) {
        if (!root.equals(MAIN)) {
          sources(root).keySet().forEach(path -> names.add(nameOf(path)));
        }
      }
    }
    return names;
  }

  private static Map<Path, String> sources(Path root) throws IOException {
    Map<Path, String> sources = new HashMap<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        sources.put(file, Files.readString(file));
      }
    }
    return sources;
  }

  private static String nameOf(Path source) {
    return source.getFileName().toString().replace(".java", "");
  }
}
