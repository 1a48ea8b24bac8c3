package io.kvorum.boot.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Configuration files that are nearly right: each one gives a configuration, or is refused with one
 * line in a user's words. {@code -Dkvorum.seed} repeats a run, {@code -Dkvorum.config.files} is how
 * many there are.
 */
final class ConfigFileFuzzTest {
  private static final long SEED = Long.getLong("kvorum.seed", 20_261_130);
  private static final int FILES = Integer.getInteger("kvorum.config.files", 3_000);

  /** What only somebody who knows the code would understand. */
  private static final String OF_THE_CODE =
      "(?s).*(\\b(java|javax|io|org|com|sun|jdk)\\.[a-z]+\\.\\w|Exception|\\bat \\w+\\(|@[0-9a-f]{6}).*";

  private static final String GOOD =
      """
      name: m1
      data-dir: "data"
      listen-client-urls: http://127.0.0.1:2379,http://127.0.0.1:2381
      advertise-client-urls: http://127.0.0.1:2379
      listen-peer-urls: http://127.0.0.1:2380
      initial-advertise-peer-urls: http://127.0.0.1:2380
      initial-cluster: m1=http://127.0.0.1:2380
      initial-cluster-token: 'a token'
      heartbeat-interval: 100
      election-timeout: 1000
      quota-backend-bytes: 8589934592
      auto-compaction-mode: periodic
      auto-compaction-retention: "1h"
      watch-progress-notify-interval: 5000000000
      max-request-bytes: 1572864
      strict-reconfig-check: true
      log-outputs: [stderr, stdout]
      auth-token: simple
      bcrypt-cost: 10
      feature-gates: InitialCorruptCheck=true
      client-transport-security:
        cert-file: ''
        client-cert-auth: false
      peer-transport-security: {cert-file: "", auto-tls: false}
      """;

  private static final List<String> FRAGMENTS =
      List.of(
          ":",
          ": ",
          "- ",
          "{",
          "}",
          "[",
          "]",
          "&a ",
          "*a",
          "!!int ",
          "!!binary ",
          "!!set ",
          "!x ",
          "|\n",
          ">-\n",
          "? ",
          "<<: ",
          "'",
          "\"",
          "#",
          "---\n",
          "...\n",
          "%YAML 9\n",
          "\t",
          "\n",
          "null",
          "~",
          "true",
          "-1",
          "1e999",
          "0x7f",
          ".inf",
          "2001-01-01",
          "\u0000",
          "\u0085",
          "\ufeff",
          "9999999999999999999999",
          "http://",
          "[::1]:",
          "client-transport-security: ",
          "name: ",
          "data-dir:\n  - ",
          "&a [*a]",
          "{null: 1}",
          "{[]: 1}",
          "  ");

  @TempDir private Path directory;
  private final SplittableRandom random = new SplittableRandom(SEED);

  private byte[] mutated() {
    StringBuilder text = new StringBuilder(GOOD);
    for (int changes = 1 + random.nextInt(5); changes > 0; changes--) {
      int at = random.nextInt(text.length() + 1);
      int end = Math.min(text.length(), at + random.nextInt(30));
      switch (random.nextInt(6)) {
        case 0 -> text.delete(at, end);
        case 1 -> text.insert(at, oneOf(FRAGMENTS));
        case 2 -> text.insert(random.nextInt(text.length() + 1), text.substring(at, end));
        case 3 -> text.replace(at, end, oneOf(FRAGMENTS));
        case 4 -> replaceValue(text);
        default -> text.insert(at, oneOf(FRAGMENTS).repeat(random.nextInt(300)));
      }
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    if (random.nextInt(10) == 0) {
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return random.nextInt(60) == 0 ? noise() : bytes;
  }

  private byte[] noise() {
    ByteArrayOutputStream noise = new ByteArrayOutputStream();
    for (int i = random.nextInt(300); i > 0; i--) {
      noise.write(random.nextInt(256));
    }
    return noise.toByteArray();
  }

  /** The value of one line becomes another line's, or a fragment. */
  private void replaceValue(StringBuilder text) {
    List<String> lines = GOOD.lines().toList();
    String line = oneOf(lines);
    int at = text.indexOf(line);
    if (at >= 0) {
      String other = oneOf(lines);
      String value =
          random.nextBoolean() ? other.substring(other.indexOf(':') + 1) : oneOf(FRAGMENTS);
      text.replace(at + line.indexOf(':') + 1, at + line.length(), " " + value);
    }
  }

  private String oneOf(List<String> values) {
    return values.get(random.nextInt(values.size()));
  }

  @Test
  void eachFileIsTakenOrRefusedInOneLine() throws IOException {
    System.out.println("seed " + SEED);
    Path file = directory.resolve("kvorum.yml");
    int taken = 0;
    for (int i = 0; i < FILES; i++) {
      byte[] content = mutated();
      Files.write(file, content);
      if (isTaken(file, "file " + i + " of seed " + SEED, content)) {
        taken++;
      }
    }
    assertThat(taken).as("of %s", FILES).isBetween(FILES / 50, FILES * 49 / 50);
  }

  /** True if it is a configuration, false if it was refused as a user should be. */
  private static boolean isTaken(Path file, String which, byte[] content) {
    String shown = which + ":\n" + new String(content, StandardCharsets.UTF_8);
    try {
      FlagValues values = FlagValues.resolve(Map.of("config-file", file.toString()), Map.of());
      assertThat(MemberConfig.fromFlags(values::get)).isNotNull();
      values.warnings().forEach(warning -> assertIsForUsers(warning, shown));
      return true;
    } catch (ConfigurationException refusal) {
      assertIsForUsers(String.valueOf(refusal.getMessage()), shown);
      return false;
    } catch (RuntimeException | StackOverflowError e) {
      return fail(shown, e);
    }
  }

  private static void assertIsForUsers(String message, String shown) {
    assertThat(message).as(shown).isNotBlank().doesNotContain("\n", "\r");
    // What the file itself says may come back in quotation marks.
    String own = message.replaceAll("\"[^\"]*\"|'[^']*'", "");
    assertThat(own).as("%s%n%s", message, shown).doesNotMatch(OF_THE_CODE);
  }
}
