package io.kvorum.rest.json;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes messages as compact JSON, directly from their protobuf bytes: names are as declared,
 * 64-bit integers are strings, bytes are padded base64, enums are names, and values that are not on
 * the wire (zero values) are left out.
 *
 * <p>Stateless. It relies on the fields coming in ascending order with repeated ones together, as
 * every protobuf serializer writes them.
 */
public final class MessageToJson {
  private MessageToJson() {}

  public static byte[] write(Message message) {
    return buffer(message).toByteArray();
  }

  /** Writes the message to a new buffer. */
  public static JsonBuffer buffer(Message message) {
    // Base64 adds a third, names and quotes of a small message may double it.
    int size = message.getSerializedSize();
    JsonBuffer out = new JsonBuffer(256 + size + size / 2);
    write(message, out);
    return out;
  }

  public static void write(Message message, JsonBuffer out) {
    write(MessageSchema.of(message.getDescriptorForType()), message.toByteArray(), out);
  }

  /**
   * @param encoded a message of that type in protobuf's binary form
   */
  public static void write(MessageSchema schema, byte[] encoded, JsonBuffer out) {
    try {
      writeMessage(schema, CodedInputStream.newInstance(encoded), out);
    } catch (IOException e) {
      throw new UncheckedIOException("not a protobuf message", e);
    }
  }

  private static void writeMessage(MessageSchema schema, CodedInputStream in, JsonBuffer out)
      throws IOException {
    out.append('{');
    MessageSchema.@Nullable Field previous = null;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      MessageSchema.Field field = schema.numbered(WireFormat.getTagFieldNumber(tag));
      if (field == null) {
        in.skipField(tag);
        continue;
      }
      FieldDescriptor descriptor = field.descriptor;
      if (field == previous) {
        out.append(',');
      } else {
        if (previous != null) {
          out.append(previous.descriptor.isRepeated() ? "]," : ",");
        }
        out.append(field.label);
        if (descriptor.isRepeated()) {
          out.append('[');
        }
      }
      previous = field;
      boolean isPacked =
          WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED
              && descriptor.isPackable();
      if (isPacked) {
        writePacked(field, in, out);
      } else {
        writeValue(field, in, out);
      }
    }
    if (previous != null && previous.descriptor.isRepeated()) {
      out.append(']');
    }
    out.append('}');
  }

  private static void writePacked(MessageSchema.Field field, CodedInputStream in, JsonBuffer out)
      throws IOException {
    int outer = in.pushLimit(in.readRawVarint32());
    for (boolean isFirst = true; in.getBytesUntilLimit() > 0; isFirst = false) {
      if (!isFirst) {
        out.append(',');
      }
      writeValue(field, in, out);
    }
    in.popLimit(outer);
  }

  private static void writeValue(MessageSchema.Field field, CodedInputStream in, JsonBuffer out)
      throws IOException {
    switch (field.descriptor.getType()) {
      case BYTES -> out.appendBase64(in.readByteArray());
      case STRING -> out.appendString(in.readByteArray());
      case INT64 -> out.append('"').append(in.readInt64()).append('"');
      case UINT64 -> out.append('"').append(Long.toUnsignedString(in.readUInt64())).append('"');
      case INT32 -> out.append(in.readInt32());
      case UINT32 -> out.append(Integer.toUnsignedLong(in.readUInt32()));
      case BOOL -> out.append(in.readBool() ? "true" : "false");
      case ENUM -> writeEnum(field.descriptor, in.readEnum(), out);
      case MESSAGE -> {
        int outer = in.pushLimit(in.readRawVarint32());
        writeMessage(field.messageSchema(), in, out);
        in.popLimit(outer);
      }
      default ->
          throw new IllegalStateException(
              "no field of the API has this type: " + field.descriptor.getFullName());
    }
  }

  private static void writeEnum(FieldDescriptor descriptor, int number, JsonBuffer out) {
    EnumValueDescriptor value = descriptor.getEnumType().findValueByNumber(number);
    if (value == null) {
      out.append(number);
    } else {
      out.append('"').append(value.getName().getBytes(StandardCharsets.US_ASCII)).append('"');
    }
  }
}
