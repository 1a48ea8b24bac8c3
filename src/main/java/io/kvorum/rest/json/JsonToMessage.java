package io.kvorum.rest.json;

import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.BitSet;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads a JSON object into a message, as Go's protojson does: names as declared or in
 * lowerCamelCase, integers as numbers or strings, enums by name or number, bytes in either base64
 * alphabet, {@code null} for "not set", unknown fields and enum names ignored, but no field twice.
 *
 * <p>Confined to one thread; one instance per text.
 */
public final class JsonToMessage {
  /** The limit of protobuf's own parser, so that both faces accept the same messages. */
  private static final int MAX_DEPTH = 100;

  private final JsonLexer lexer;

  private JsonToMessage(JsonLexer lexer) {
    this.lexer = lexer;
  }

  /**
   * Reads the first value of the text and ignores the rest. A text without a value leaves the
   * message empty.
   *
   * @throws MalformedJsonException if the text is not JSON or does not fit the message
   */
  public static <B extends Message.Builder> B read(byte[] json, B builder) {
    JsonLexer text = new JsonLexer(json, 0, json.length);
    if (text.isAtEnd()) {
      return builder;
    }
    int from = text.position();
    try {
      new JsonToMessage(new JsonLexer(json, from, json.length)).readMessage(builder, 0);
    } catch (MalformedJsonException unfit) {
      // Go looks at the whole value first: what is not JSON is worse than what does not fit.
      text.skipValue();
      throw unfit;
    }
    return builder;
  }

  private void readMessage(Message.Builder builder, int depth) {
    if (depth > MAX_DEPTH) {
      throw new MalformedJsonException("exceeded max recursion depth");
    }
    lexer.markToken();
    if (!lexer.take('{')) {
      if (lexer.peek() != '[') {
        lexer.scanScalar();
      }
      throw lexer.syntaxErrorAtToken("unexpected token " + lexer.rawToken());
    }
    MessageSchema schema = MessageSchema.of(builder.getDescriptorForType());
    BitSet seen = new BitSet();
    for (boolean isFirst = true; lexer.nextMember(isFirst); isFirst = false) {
      MessageSchema.Field field = schema.named(lexer.text());
      if (field == null) {
        lexer.skipValue();
        continue;
      }
      FieldDescriptor descriptor = field.descriptor;
      if (seen.get(descriptor.getIndex())) {
        throw lexer.errorAtToken("duplicate field " + lexer.rawToken());
      }
      seen.set(descriptor.getIndex());
      String name = lexer.rawToken();
      if (lexer.peek() == 'n') {
        lexer.scanLiteral("null");
      } else if (descriptor.isRepeated()) {
        readElements(builder, descriptor, depth);
      } else {
        refuseSecondOfOneof(builder, descriptor, name);
        Object value = readValue(builder, descriptor, depth);
        if (value != null) {
          builder.setField(descriptor, value);
        }
      }
    }
  }

  private void refuseSecondOfOneof(
      Message.Builder builder, FieldDescriptor descriptor, String name) {
    var oneof = descriptor.getContainingOneof();
    if (oneof != null && builder.hasOneof(oneof)) {
      throw lexer.errorAtToken(
          "error parsing " + name + ", oneof " + oneof.getFullName() + " is already set");
    }
  }

  private void readElements(Message.Builder builder, FieldDescriptor descriptor, int depth) {
    lexer.markToken();
    if (!lexer.take('[')) {
      if (lexer.peek() != '{') {
        lexer.scanScalar();
      }
      throw lexer.syntaxErrorAtToken("unexpected token " + lexer.rawToken());
    }
    for (boolean isFirst = true; lexer.nextElement(isFirst); isFirst = false) {
      Object value = readValue(builder, descriptor, depth);
      if (value != null) {
        builder.addRepeatedField(descriptor, value);
      }
    }
  }

  /** Null for the unknown name of an enum. */
  private @Nullable Object readValue(
      Message.Builder builder, FieldDescriptor descriptor, int depth) {
    if (descriptor.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
      Message.Builder child = builder.newBuilderForField(descriptor);
      readMessage(child, depth + 1);
      return child.build();
    }
    lexer.markToken();
    int first = lexer.peek();
    if (first == '{' || first == '[') {
      throw invalidValue(descriptor);
    }
    lexer.scanScalar();
    boolean isString = first == '"';
    boolean isNumber = first == '-' || (first >= '0' && first <= '9');
    try {
      return switch (descriptor.getJavaType()) {
        case BYTE_STRING -> isString ? lexer.base64() : refuse(descriptor);
        case STRING -> isString ? lexer.text() : refuse(descriptor);
        case BOOLEAN -> first == 't' || first == 'f' ? (Object) (first == 't') : refuse(descriptor);
        case LONG ->
            isString || isNumber ? longOf(descriptor, numberText(isString)) : refuse(descriptor);
        case INT ->
            isString || isNumber ? intOf(descriptor, numberText(isString)) : refuse(descriptor);
        case ENUM -> {
          if (isString) {
            yield descriptor.getEnumType().findValueByName(lexer.text());
          }
          yield isNumber ? enumOf(descriptor.getEnumType(), lexer.rawToken()) : refuse(descriptor);
        }
        case FLOAT, DOUBLE, MESSAGE ->
            throw new IllegalStateException("no field of the API has this type: " + descriptor);
      };
    } catch (IllegalArgumentException e) {
      throw invalidValue(descriptor);
    }
  }

  private String numberText(boolean isString) {
    return isString ? lexer.text() : lexer.rawToken();
  }

  private static Long longOf(FieldDescriptor descriptor, String text) {
    String digits = WholeNumber.digitsOf(text);
    return descriptor.getType() == FieldDescriptor.Type.UINT64
        ? Long.parseUnsignedLong(digits)
        : Long.parseLong(digits);
  }

  private static Integer intOf(FieldDescriptor descriptor, String text) {
    String digits = WholeNumber.digitsOf(text);
    return descriptor.getType() == FieldDescriptor.Type.UINT32
        ? Integer.parseUnsignedInt(digits)
        : Integer.parseInt(digits);
  }

  private static EnumValueDescriptor enumOf(EnumDescriptor type, String text) {
    return type.findValueByNumberCreatingIfUnknown(Integer.parseInt(WholeNumber.digitsOf(text)));
  }

  private Object refuse(FieldDescriptor descriptor) {
    throw invalidValue(descriptor);
  }

  private MalformedJsonException invalidValue(FieldDescriptor descriptor) {
    String kind = descriptor.getType().name().toLowerCase(Locale.ROOT);
    return lexer.errorAtToken(
        "invalid value for "
            + kind
            + " field "
            + descriptor.getJsonName()
            + ": "
            + lexer.rawToken());
  }
}
