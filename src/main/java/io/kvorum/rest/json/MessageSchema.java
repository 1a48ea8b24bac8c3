package io.kvorum.rest.json;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Indexes the fields of a message type by JSON name and by number, once per type. Immutable;
 * schemas of field types are looked up at their first use, since types are recursive.
 *
 * <p>Held by: JsonToMessageTest, MessageToJsonTest.
 */
public final class MessageSchema {
  /** One field, with its name as it is written: {@code "name":}. */
  static final class Field {
    final FieldDescriptor descriptor;
    final byte[] label;

    private Field(FieldDescriptor descriptor) {
      this.descriptor = descriptor;
      this.label = ('"' + descriptor.getName() + "\":").getBytes(StandardCharsets.US_ASCII);
    }

    MessageSchema messageSchema() {
      return of(descriptor.getMessageType());
    }
  }

  private static final Map<Descriptor, MessageSchema> KNOWN = new ConcurrentHashMap<>();

  private final Map<String, Field> byName = new HashMap<>();
  private final @Nullable Field[] byNumber;

  private MessageSchema(Descriptor type) {
    int highest = type.getFields().stream().mapToInt(FieldDescriptor::getNumber).max().orElse(0);
    byNumber = new Field[highest + 1];
    for (FieldDescriptor descriptor : type.getFields()) {
      Field field = new Field(descriptor);
      byNumber[descriptor.getNumber()] = field;
      byName.put(descriptor.getJsonName(), field);
      byName.put(descriptor.getName(), field);
    }
  }

  public static MessageSchema of(Descriptor type) {
    MessageSchema known = KNOWN.get(type);
    return known != null ? known : KNOWN.computeIfAbsent(type, MessageSchema::new);
  }

  /** The field with that name, as declared or in lowerCamelCase; null if there is none. */
  @Nullable Field named(String name) {
    return byName.get(name);
  }

  @Nullable Field numbered(int number) {
    return number < byNumber.length ? byNumber[number] : null;
  }
}
