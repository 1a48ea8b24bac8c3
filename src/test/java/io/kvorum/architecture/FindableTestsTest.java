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
 * Holds that the tests of a class can be found: one is named after the class, or the class itself
 * says {@code Held by:} and names them. Records, enums, interfaces and exceptions need none.
 */
class FindableTestsTest {
  private static final Path SOURCES = Path.of("src");
  private static final Path MAIN = SOURCES.resolve("main/java");
  private static final List<String> TEST_ENDINGS = List.of("Test", "ContractTest", "IT");
  private static final Pattern LINE_BREAK = Pattern.compile("\\s*\\n\\s*\\*(?!/)\\s*");
  private static final Pattern HELD_BY = Pattern.compile("Held by:([^.]*)\\.");

  /** In backticks, with the beginning of a method or without. */
  private static final Pattern NAMED_TEST =
      Pattern.compile("`(\\w+(?:Test|IT))(?:\\.(\\w+)(?:\\(\\))?…?)?`");

  private static final Pattern CLASS =
      Pattern.compile("^(public |final |abstract |sealed |non-sealed )*class ", Pattern.MULTILINE);

  @Test
  void thePagesNameTestsThatThereAre() throws IOException {
    Map<String, String> tests = new HashMap<>();
    sources(SOURCES).forEach((path, text) -> tests.put(nameOf(path), text));
    List<String> missing = new ArrayList<>();
    try (Stream<Path> pages = Files.list(Path.of("docs"))) {
      for (Path page : pages.filter(file -> file.toString().endsWith(".md")).toList()) {
        Matcher named = NAMED_TEST.matcher(Files.readString(page));
        while (named.find()) {
          String text = tests.get(named.group(1));
          String method = named.group(2);
          if (text == null || (method != null && !text.contains("void " + method))) {
            missing.add(page + ": " + named.group());
          }
        }
      }
    }
    assertThat(missing).isEmpty();
  }

  @Test
  void eachClassHasTestsThatCanBeFound() throws IOException {
    Set<String> tests = testClasses();
    List<String> without = new ArrayList<>();
    sources(MAIN)
        .forEach(
            (path, text) -> {
              String name = nameOf(path);
              boolean needsTests = CLASS.matcher(text).find() && !name.endsWith("Exception");
              if (needsTests
                  && TEST_ENDINGS.stream().noneMatch(ending -> tests.contains(name + ending))
                  && !heldBy(text).find()) {
                without.add(path.toString());
              }
            });
    assertThat(without).as("classes whose tests cannot be found").isEmpty();
  }

  @Test
  void whatIsNamedAreTestsThatExist() throws IOException {
    Set<String> tests = testClasses();
    List<String> wrong = new ArrayList<>();
    sources(MAIN)
        .forEach(
            (path, text) -> {
              Matcher line = heldBy(text);
              while (line.find()) {
                for (String name : line.group(1).strip().split(", ")) {
                  if (!tests.contains(name)) {
                    wrong.add(path + ": " + name);
                  }
                }
              }
            });
    assertThat(wrong).as("named after \"Held by:\", but there is no such class").isEmpty();
  }

  /** The line, wherever the formatter has broken it. */
  private static Matcher heldBy(String text) {
    return HELD_BY.matcher(LINE_BREAK.matcher(text).replaceAll(" "));
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
