package io.kvorum.rest.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JsonValuesTest {
  private static void add(JsonValues values, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    values.add(bytes, bytes.length);
  }

  private static List<String> drain(JsonValues values) {
    List<String> drained = new ArrayList<>();
    for (byte[] value = values.next(); value != null; value = values.next()) {
      drained.add(new String(value, StandardCharsets.UTF_8).strip());
    }
    return drained;
  }

  @Test
  void objectsAreCutWhereverTheBytesWereSplit() {
    String first = "{\"a\":{\"b\":\"}{\\\"[\"},\"c\":[{},[]]}";
    String second = "{\"ü\":\"\\\\\"}";
    String text = first + "\n \t" + second + first;
    long seed = System.nanoTime();
    Random random = new Random(seed);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    for (int run = 0; run < 200; run++) {
      JsonValues values = new JsonValues(1000);
      List<String> cut = new ArrayList<>();
      for (int from = 0; from < bytes.length; ) {
        int count = Math.min(bytes.length - from, 1 + random.nextInt(9));
        byte[] chunk = new byte[count];
        System.arraycopy(bytes, from, chunk, 0, count);
        values.add(chunk, count);
        from += count;
        cut.addAll(drain(values));
      }
      values.end();
      assertThat(cut).as("seed %d", seed).containsExactly(first, second, first);
    }
  }

  @Test
  void aLargeObjectLeavesNoLargeBuffer() {
    JsonValues values = new JsonValues(1 << 20);
    add(values, "{\"a\":\"" + "x".repeat(500_000));
    assertThat(drain(values)).isEmpty();
    assertThat(values.isInMessage()).isTrue();
    assertThat(values.heldBytes()).isGreaterThan(500_000);
    add(values, "\"}{\"b\"");
    assertThat(drain(values)).hasSize(1);
    assertThat(values.heldBytes()).isLessThan(10_000);
    add(values, ":1}");
    assertThat(drain(values)).containsExactly("{\"b\":1}");
    assertThat(values.isInMessage()).isFalse();
  }

  @Test
  void whatIsNotAnObjectIsRefused() {
    for (String text : List.of("x", "[]", "7", "}", "{}]")) {
      JsonValues values = new JsonValues(1000);
      add(values, text);
      assertThatExceptionOfType(MalformedJsonException.class)
          .as(text)
          .isThrownBy(() -> drain(values))
          .withMessageEndingWith("looking for beginning of value");
    }
  }

  @Test
  void anEndInsideAnObjectIsRefusedWithTheErrorInItIfThereIsOne() {
    JsonValues cut = new JsonValues(1000);
    add(cut, "{}{\"a\":");
    assertThat(drain(cut)).containsExactly("{}");
    assertThatExceptionOfType(MalformedJsonException.class)
        .isThrownBy(cut::end)
        .withMessage("unexpected EOF");

    JsonValues bad = new JsonValues(1000);
    add(bad, "{bad");
    assertThat(drain(bad)).isEmpty();
    assertThatExceptionOfType(MalformedJsonException.class)
        .isThrownBy(bad::end)
        .withMessage("invalid character 'b' looking for beginning of object key string");
  }

  @Test
  void whatClosesSomethingElseThanIsOpenIsRefusedAtOnce() {
    for (String text : List.of("{\"a\":[}", "{\"a\":[{]", "{]", "{\"a\":{\"b\":[[]}")) {
      JsonValues values = new JsonValues(1000);
      add(values, text);
      assertThatExceptionOfType(MalformedJsonException.class)
          .as(text)
          .isThrownBy(() -> drain(values))
          .withMessageStartingWith("invalid character");
    }
  }

  @Test
  void anObjectThatDoesNotEndIsRefusedBeforeItFillsTheMemory() {
    JsonValues values = new JsonValues(100);
    add(values, "{\"a\":\"" + "x".repeat(50));
    assertThat(values.next()).isNull();
    add(values, "x".repeat(100));
    assertThatExceptionOfType(MalformedJsonException.class).isThrownBy(values::next);
  }
}
