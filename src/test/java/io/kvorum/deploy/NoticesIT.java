package io.kvorum.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.SystemCommand;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Licences and notices of all that the WAR and the archive contain. */
final class NoticesIT {
  private static final Path TARGET = ServerKind.projectRoot().resolve("target");
  private static final Path INSTALLATION = TARGET.resolve("installation");
  private static final Path LICENSES = INSTALLATION.resolve("licenses");
  private static final Path WAR = TARGET.resolve("kvorum.war");
  private static final String OURS = "kvorum-core.jar";
  private static final Pattern ENTRY = Pattern.compile("\\(([^:() ]+):([^: ]+):([^: ]+) - ");
  private static final Pattern TEXT =
      Pattern.compile("(META-INF/)?(license/)?(LICENSE|NOTICE)[^/]*", Pattern.CASE_INSENSITIVE);

  private static List<String> archive;

  @BeforeAll
  static void listTheArchive() throws Exception {
    try (Stream<Path> files = Files.list(TARGET)) {
      Path file =
          files.filter(path -> path.toString().endsWith(".tar.gz")).findFirst().orElseThrow();
      SystemCommand.Outcome outcome = SystemCommand.attempt("tar", "-tzf", file.toString());
      assertThat(outcome.succeeded()).as(outcome.output()).isTrue();
      archive = outcome.output().lines().map(line -> line.replaceFirst("^[^/]*/", "")).toList();
    }
  }

  @Test
  void everyJarOfTheArchiveIsListedWithItsLicence() throws IOException {
    List<String> jars = new ArrayList<>();
    for (String name : archive) {
      if (name.matches("lib/(.*/)?[^/]+\\.jar") && !name.endsWith(OURS)) {
        jars.add(name.replaceFirst(".*/", ""));
      }
    }
    assertThat(jars).hasSizeGreaterThan(30);
    assertListed(jars, Files.readString(LICENSES.resolve("THIRD-PARTY.txt")));
  }

  @Test
  void everyJarOfTheWarIsListedWithItsLicence() throws IOException {
    try (ZipFile war = new ZipFile(WAR.toFile())) {
      List<String> jars =
          names(war)
              .filter(name -> name.matches("WEB-INF/lib/.*\\.jar") && !name.endsWith(OURS))
              .map(name -> name.replaceFirst(".*/", ""))
              .toList();
      assertThat(jars).hasSizeGreaterThan(30);
      assertListed(jars, text(war, "META-INF/licenses/THIRD-PARTY.txt"));
    }
  }

  @Test
  void theBillOfMaterialsNamesEveryJarAndTheContainer() throws IOException {
    Path file = INSTALLATION.resolve("sbom/kvorum.cdx.json");
    JsonObject bill = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    assertThat(bill.get("bomFormat").getAsString()).isEqualTo("CycloneDX");
    Set<String> named = new TreeSet<>();
    for (JsonElement each : bill.getAsJsonArray("components")) {
      JsonObject component = each.getAsJsonObject();
      named.add(component.get("name").getAsString() + "-" + component.get("version").getAsString());
    }
    for (Path jar : jars()) {
      assertThat(named)
          .as(jar.toString())
          .anyMatch(name -> jar.getFileName().toString().matches(name + "(-.*)?\\.jar"));
    }
    assertThat(named).anyMatch(name -> name.startsWith("openliberty-runtime-"));
    try (ZipFile war = new ZipFile(WAR.toFile())) {
      assertThat(text(war, "META-INF/sbom/kvorum.cdx.json")).isEqualTo(Files.readString(file));
    }
  }

  private static void assertListed(List<String> jars, String thirdParty) {
    Set<String> listed = new TreeSet<>();
    Matcher entry = ENTRY.matcher(thirdParty);
    while (entry.find()) {
      listed.add(entry.group(2) + "-" + entry.group(3));
    }
    for (String jar : jars) {
      assertThat(listed)
          .as(jar)
          .anyMatch(name -> jar.matches(Pattern.quote(name) + "(-.*)?\\.jar"));
    }
  }

  @Test
  void theWarAndTheArchiveCarryTheSameTexts() throws IOException {
    Set<String> texts = new TreeSet<>();
    for (String name : archive) {
      if (name.matches("licenses/.*[^/]|LICENSE|NOTICE") && !name.contains("openliberty")) {
        texts.add("META-INF/" + name);
      }
    }
    try (ZipFile war = new ZipFile(WAR.toFile())) {
      assertThat(names(war).toList()).containsAll(texts);
    }
    assertThat(texts).contains("META-INF/LICENSE", "META-INF/NOTICE");
    assertThat(archive).contains("SECURITY.md", "README.md");
  }

  @Test
  void everyNoticeAndLicenceInAJarIsPassedOn() throws IOException {
    Set<String> shipped = new TreeSet<>();
    try (Stream<Path> files = Files.walk(LICENSES)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        shipped.add(Files.readString(file));
      }
    }
    int passed = 0;
    for (Path jar : jars()) {
      try (ZipFile zip = new ZipFile(jar.toFile())) {
        for (String name : names(zip).filter(name -> TEXT.matcher(name).matches()).toList()) {
          assertThat(shipped).as(jar + ": " + name).contains(text(zip, name));
          passed++;
        }
      }
    }
    assertThat(passed).isPositive();
  }

  @Test
  void whatIsNotUnderTheApacheLicenceHasItsLicenceText() throws IOException {
    List<String> others = new ArrayList<>();
    String licence = "";
    for (String line : Files.readAllLines(LICENSES.resolve("THIRD-PARTY.txt"))) {
      Matcher entry = ENTRY.matcher(line);
      if (line.matches(" {4}\\S.*:")) {
        licence = line.strip().replace(":", "");
      } else if (entry.find() && !licence.equals("Apache-2.0")) {
        others.add(entry.group(2));
      }
    }
    assertThat(others).contains("protobuf-java", "animal-sniffer-annotations");
    for (String artifact : others) {
      assertThat(Stream.of("protobuf", "animal-sniffer"))
          .as(artifact)
          .anyMatch(
              name ->
                  artifact.startsWith(name)
                      && Files.exists(LICENSES.resolve(name).resolve("LICENSE.txt")));
    }
  }

  @Test
  void whatHazelcastBundlesIsNamed() throws IOException {
    String bundled = Files.readString(LICENSES.resolve("hazelcast/bundled.txt"));
    Path jar =
        jars().stream()
            .filter(path -> path.getFileName().toString().startsWith("hazelcast-"))
            .findFirst()
            .orElseThrow();
    assertThat(bundled).startsWith(jar.getFileName() + " ");
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      for (String name : names(zip).filter(name -> name.endsWith("pom.properties")).toList()) {
        Properties artifact = new Properties();
        artifact.load(zip.getInputStream(zip.getEntry(name)));
        if (!artifact.getProperty("groupId").startsWith("com.hazelcast")) {
          assertThat(bundled)
              .contains(artifact.getProperty("artifactId"), artifact.getProperty("version"));
        }
      }
    }
  }

  @Test
  void openLibertyKeepsItsLicenceAndItsNotices() throws IOException {
    Path directory = LICENSES.resolve("openliberty");
    assertThat(Files.readString(directory.resolve("LICENSE")))
        .contains("Eclipse Public License - v 2.0");
    assertThat(Files.size(directory.resolve("NOTICES"))).isGreaterThan(10_000);
    Properties version = new Properties();
    try (InputStream in =
        Files.newInputStream(INSTALLATION.resolve("wlp/lib/versions/openliberty.properties"))) {
      version.load(in);
    }
    assertThat(Files.readString(directory.resolve("README.txt")))
        .contains("Open Liberty " + version.getProperty("com.ibm.websphere.productVersion") + ",");
  }

  private static List<Path> jars() throws IOException {
    try (Stream<Path> files = Files.list(INSTALLATION.resolve("lib"))) {
      return files
          .filter(path -> path.toString().toLowerCase(Locale.ROOT).endsWith(".jar"))
          .filter(path -> !path.endsWith(OURS))
          .toList();
    }
  }

  private static Stream<String> names(ZipFile zip) {
    return zip.stream().filter(entry -> !entry.isDirectory()).map(ZipEntry::getName);
  }

  private static String text(ZipFile zip, String name) throws IOException {
    ZipEntry entry = zip.getEntry(name);
    assertThat(entry).as(name + " in " + zip.getName()).isNotNull();
    return new String(zip.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8);
  }
}
