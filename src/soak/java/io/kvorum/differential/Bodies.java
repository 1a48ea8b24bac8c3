package io.kvorum.differential;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Writes requests as JSON, in the forms that clients use, and as what is nearly JSON. Stateless.
 */
final class Bodies {
  private static final List<String> FRAGMENTS =
      List.of(
          "{",
          "}",
          "[",
          "]",
          ",",
          ":",
          "\"",
          "null",
          "true",
          "1.5",
          "-",
          "0x",
          "1e3",
          "\\u00",
          "\"key\":",
          "\"key\":\"YQ==\",",
          "\"limit\":\"x\",",
          "\"range_end\":null,",
          "\"unknown\":{\"a\":[1]},",
          "\t",
          "\n",
          "=",
          "_",
          "99999999999999999999");

  private Bodies() {}

  /** The request as JSON. */
  static String of(Message request, Step.Face face) {
    try {
      if (face == Step.Face.JSON) {
        return JsonFormat.printer().preservingProtoFieldNames().print(request);
      }
      return withNumbers(
              JsonParser.parseString(JsonFormat.printer().printingEnumsAsInts().print(request)))
          .toString();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("there is no Any in it", e);
    }
  }

  /** Numbers that are written as text become numbers. */
  private static JsonElement withNumbers(JsonElement element) {
    if (element.isJsonObject()) {
      JsonObject object = new JsonObject();
      element
          .getAsJsonObject()
          .asMap()
          .forEach(
              (name, value) ->
                  object.add(
                      name,
                      TEXTS.contains(name) && value.isJsonPrimitive()
                          ? value
                          : withNumbers(value)));
      return object;
    }
    if (element.isJsonArray()) {
      JsonArray array = new JsonArray();
      element.getAsJsonArray().forEach(inner -> array.add(withNumbers(inner)));
      return array;
    }
    if (element.isJsonPrimitive()
        && element.getAsJsonPrimitive().isString()
        && element.getAsString().matches("-?[1-9]\\d*")) {
      return new JsonPrimitive(new BigInteger(element.getAsString()));
    }
    return element;
  }

  /** Fields of text, or of base64, whose digits stay text. */
  private static final List<String> TEXTS =
      List.of("key", "value", "rangeEnd", "name", "password", "user", "role", "version");

  /** An answer that is known to have succeeded. */
  static Message parsed(Rpc rpc, String json) {
    try {
      Message.Builder builder = prototype(rpc);
      JsonFormat.parser().ignoringUnknownFields().merge(json, builder);
      return builder.build();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("no answer of " + rpc + ": " + json, e);
    }
  }

  private static Message.Builder prototype(Rpc rpc) {
    return rpc.method().parseResponse(new ByteArrayInputStream(new byte[0])).toBuilder();
  }

  /** The text after a few random changes, which a seed repeats. */
  static String mangled(String json, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    StringBuilder text = new StringBuilder(json.replaceAll("\\s*\\n\\s*", ""));
    for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
      int at = random.nextInt(text.length() + 1);
      int end = Math.min(text.length(), at + 1 + random.nextInt(4));
      switch (random.nextInt(5)) {
        case 0 -> text.delete(at, end);
        case 1 -> text.insert(at, FRAGMENTS.get(random.nextInt(FRAGMENTS.size())));
        case 2 -> text.insert(at, text.substring(at, end));
        case 3 -> text.replace(at, end, FRAGMENTS.get(random.nextInt(FRAGMENTS.size())));
        default -> {
          if (at < text.length()) {
            text.setCharAt(at, (char) (' ' + random.nextInt('~' - ' ')));
          }
        }
      }
    }
    return text.toString();
  }
}
