package io.kvorum.wire;

import com.google.gson.stream.JsonWriter;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.kvorum.model.KeyRange;
import io.kvorum.proto.etcdserverpb.Compare;
import io.kvorum.proto.etcdserverpb.DeleteRangeRequest;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.support.ByteStrings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the keys that a request names: every message with a {@code key}, wherever it is in the
 * request, and the keys below the name of a lock or an election. Immutable.
 *
 * <p>Held by: CallJournalTest.
 *
 * @param operation what a transaction does with the keys; null outside of transactions
 * @param rangeEnd as on the wire; empty for a single key
 */
record AuditedKeys(@Nullable String operation, ByteString key, ByteString rangeEnd) {
  private static final ByteString SLASH = ByteString.copyFromUtf8("/");
  private static final ByteString AFTER_SLASH = ByteString.copyFromUtf8("0");

  static List<AuditedKeys> of(Message request) {
    List<AuditedKeys> found = new ArrayList<>(1);
    find(request, false, found);
    return found;
  }

  private static void find(Message message, boolean isPart, List<AuditedKeys> found) {
    String type = message.getDescriptorForType().getName();
    switch (type) {
      case "LockRequest", "CampaignRequest", "LeaderRequest" -> {
        ByteString name = bytes(message, "name");
        found.add(new AuditedKeys(null, name.concat(SLASH), name.concat(AFTER_SLASH)));
      }
      default -> {
        ByteString key = bytes(message, "key");
        if (message.getDescriptorForType().findFieldByName("key") != null) {
          found.add(
              new AuditedKeys(
                  isPart ? operation(message) : null, key, bytes(message, "range_end")));
        }
        for (Map.Entry<FieldDescriptor, Object> entry : message.getAllFields().entrySet()) {
          if (entry.getKey().getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
            findIn(entry.getValue(), found);
          }
        }
      }
    }
  }

  private static void findIn(Object value, List<AuditedKeys> found) {
    if (value instanceof List<?> several) {
      several.forEach(each -> find((Message) each, true, found));
    } else {
      find((Message) value, true, found);
    }
  }

  private static @Nullable String operation(Message message) {
    if (message instanceof Compare) {
      return "compare";
    } else if (message instanceof PutRequest) {
      return "put";
    } else if (message instanceof RangeRequest) {
      return "range";
    }
    return message instanceof DeleteRangeRequest ? "delete" : null;
  }

  private static ByteString bytes(Message message, String name) {
    FieldDescriptor field = message.getDescriptorForType().findFieldByName(name);
    return field != null && message.getField(field) instanceof ByteString bytes
        ? bytes
        : ByteString.EMPTY;
  }

  KeyRange range() {
    return KeyRange.ofWire(ByteStrings.bytes(key), ByteStrings.bytes(rangeEnd));
  }

  void write(JsonWriter out) throws IOException {
    out.beginObject();
    if (operation != null) {
      out.name("op").value(operation);
    }
    AuditFields.writeBytes("key", key, out);
    if (!rangeEnd.isEmpty()) {
      AuditFields.writeBytes("rangeEnd", rangeEnd, out);
    }
    out.endObject();
  }
}
