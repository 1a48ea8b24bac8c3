package io.kvorum.boot.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Gives every flag, key, variable and property values that are wrong, or strange. */
final class WrongValuesTest {
  private static final int MADE_UP_VALUES = 25;
  private static final int VALUES_IN_FILES = 12;

  private static final List<String> STRANGE =
      List.of(
          "",
          " ",
          "x",
          "-1",
          "0",
          "1.5",
          "1e9",
          "0x10",
          "NaN",
          "true",
          "yes",
          "null",
          "[]",
          "{}",
          "2GiB",
          "10",
          "10x",
          "-5s",
          "1h1",
          "99999999999999999999",
          "-9223372036854775808",
          "9223372036854775807",
          "127.0.0.1:1",
          "http://",
          "http://a",
          "http://:1",
          "http://a:b",
          "http://[::1",
          "http://a:1/p",
          "http://a:99999",
          "ftp://a:1",
          "unix://",
          "unix:///",
          "unixs:/x",
          "a=b",
          "=",
          ",",
          ",,",
          "a,,b",
          "a=http://a",
          "../..",
          "/no/such/file",
          "\n",
          "a\nb",
          "a\r\nb",
          "\u0000",
          "a\u0000b",
          "\u001b[31mred",
          "\u2028",
          "\ud800",
          "\ufeff",
          "日本",
          "%s%d",
          "${java.version}",
          "jwt",
          "jwt,sign-method=RS256,ttl=x",
          "simple,x",
          "x".repeat(5_000));

  @TempDir private Path directory;
  private final long seed = Long.getLong("kvorum.seed", 20_261_130L);
  private final Random random = new Random(seed);

  @Test
  void everyFlagIsRefusedInOneLineThatNamesIt() {
    for (Flag flag : Flags.all()) {
      for (String value : values()) {
        check(flag, value, () -> start(Map.of(flag.name(), value), Map.of()));
      }
    }
  }

  @Test
  void everyVariableIsRefusedInOneLineThatNamesItsFlag() {
    for (Flag flag : Flags.all()) {
      for (String value : values()) {
        check(flag, value, () -> start(Map.of(), Map.of(flag.environmentVariable(), value)));
      }
    }
  }

  @Test
  void everyPropertyIsRefusedInOneLineThatNamesItsFlag() {
    for (Flag flag : Flags.all()) {
      for (String value : values()) {
        Function<String, @Nullable String> properties = Map.of(flag.property(), value)::get;
        check(flag, value, () -> MemberConfig.fromProperties(properties));
      }
    }
  }

  @Test
  void everyKeyOfAFileIsRefusedInOneLineThatNamesIt() throws IOException {
    Path file = directory.resolve("kvorum.yml");
    for (Flag flag : Flags.all()) {
      for (String value : someValues()) {
        Files.write(file, (flag.name() + ": " + value + "\n").getBytes(StandardCharsets.UTF_8));
        check(flag, value, () -> start(Map.of("config-file", file.toString()), Map.of()));
        Files.writeString(file, flag.name() + ": " + quoted(value) + "\n");
        check(flag, value, () -> start(Map.of("config-file", file.toString()), Map.of()));
      }
    }
  }

  private void start(Map<String, String> flags, Map<String, String> variables) {
    FlagValues values = FlagValues.resolve(flags, variables);
    assertThat(values.warnings()).allSatisfy(this::isOneLine);
    MemberConfig.fromFlags(values::get);
  }

  private void check(Flag flag, String value, Runnable start) {
    try {
      start.run();
    } catch (ConfigurationException refused) {
      String message = String.valueOf(refused.getMessage());
      isOneLine(message);
      assertThat(message)
          .as(where(flag, value))
          .containsAnyOf("--" + flag.name(), "--config-file", "cert-file");
      assertThat(refused.exitStatus()).isBetween(1, 2);
    } catch (RuntimeException escaped) {
      throw new AssertionError(where(flag, value) + " fails with " + escaped, escaped);
    }
  }

  private void isOneLine(String message) {
    assertThat(message)
        .as("seed " + seed)
        .doesNotContain("java.lang", "java.util", "java.n", "Exception", "io.kvorum", "org.snake")
        .doesNotContainPattern("[\\p{Cntrl}\u2028\u2029]")
        .hasSizeLessThan(2_100);
  }

  private String where(Flag flag, String value) {
    return "--" + flag.name() + "=" + value + " (seed " + seed + ")";
  }

  private List<String> values() {
    List<String> values = new ArrayList<>(STRANGE);
    for (int i = 0; i < MADE_UP_VALUES; i++) {
      values.add(madeUp());
    }
    return values;
  }

  /** Each flag has others: a file takes longer. */
  private List<String> someValues() {
    List<String> values = values();
    Collections.shuffle(values, random);
    return values.subList(0, VALUES_IN_FILES);
  }

  /** Pieces of what values are made of, and any characters. */
  private String madeUp() {
    StringBuilder value = new StringBuilder();
    for (int pieces = 1 + random.nextInt(4); pieces > 0; pieces--) {
      value.append(
          random.nextBoolean()
              ? STRANGE.get(random.nextInt(STRANGE.size() - 1))
              : String.valueOf((char) random.nextInt(0xd800)));
    }
    return value.toString();
  }

  private static String quoted(String value) {
    Map<Character, String> escapes = new HashMap<>(Map.of('"', "\\\"", '\\', "\\\\"));
    StringBuilder text = new StringBuilder("\"");
    for (char each : value.toCharArray()) {
      boolean isPlain = each >= ' ' && each < 127;
      text.append(
          escapes.getOrDefault(
              each, isPlain ? String.valueOf(each) : String.format("\\u%04x", (int) each)));
    }
    return text.append('"').toString();
  }
}
