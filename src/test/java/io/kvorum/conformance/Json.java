package io.kvorum.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** JSON in tests: compared by content, where a number and a string of digits differ. */
final class Json {

  private Json() {}

  static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  static JsonObject object(String json) {
    return JsonParser.parseString(json).getAsJsonObject();
  }

  /** The object without its header, which must be there. */
  static JsonObject withoutHeader(String json) {
    JsonObject object = object(json);
    assertThat(object.remove("header")).as("header of %s", json).isNotNull();
    return object;
  }

  /** Compares with what is expected, written with single quotes. */
  static void assertSame(JsonElement actual, String expected) {
    assertThat(actual).isEqualTo(JsonParser.parseString(expected.replace('\'', '"')));
  }
}
