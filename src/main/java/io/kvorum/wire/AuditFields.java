package io.kvorum.wire;

import com.google.gson.stream.JsonWriter;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.kvorum.proto.etcdserverpb.DeleteRangeRequest;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Knows what of a request may be written to the audit log: fields that are named here, and no
 * other. So a field that is added to the API is not written until somebody has thought about it.
 * Stateless.
 *
 * <p>Not among them: values, passwords and their hashes, tokens; and what comes before the host in
 * a URL, which may be a password.
 *
 * <p>Held by: CallJournalTest.
 */
final class AuditFields {

  private static final Map<String, Set<String>> ALLOWED =
      Map.ofEntries(
          of(
              "RangeRequest",
              "key range_end limit revision sort_order sort_target serializable keys_only"
                  + " count_only min_mod_revision max_mod_revision min_create_revision"
                  + " max_create_revision"),
          of("PutRequest", "key lease prev_kv ignore_value ignore_lease"),
          of("DeleteRangeRequest", "key range_end prev_kv"),
          of("TxnRequest", "compare success failure"),
          of("Compare", "result target key range_end version create_revision mod_revision lease"),
          of("RequestOp", "request_range request_put request_delete_range request_txn"),
          of("CompactionRequest", "revision physical"),
          of(
              "WatchCreateRequest",
              "key range_end start_revision progress_notify filters prev_kv watch_id fragment"),
          of("LeaseGrantRequest", "TTL ID"),
          of("LeaseRevokeRequest", "ID"),
          of("LeaseKeepAliveRequest", "ID"),
          of("LeaseTimeToLiveRequest", "ID keys"),
          of("MemberAddRequest", "peerURLs isLearner"),
          of("MemberRemoveRequest", "ID"),
          of("MemberUpdateRequest", "ID peerURLs"),
          of("MemberListRequest", "linearizable"),
          of("MemberPromoteRequest", "ID"),
          of("AlarmRequest", "action memberID alarm"),
          of("HashKVRequest", "revision"),
          of("MoveLeaderRequest", "targetID"),
          of("DowngradeRequest", "action version"),
          of("AuthenticateRequest", "name"),
          of("AuthUserAddRequest", "name options"),
          of("UserAddOptions", "no_password"),
          of("AuthUserGetRequest", "name"),
          of("AuthUserDeleteRequest", "name"),
          of("AuthUserChangePasswordRequest", "name"),
          of("AuthUserGrantRoleRequest", "user role"),
          of("AuthUserRevokeRoleRequest", "name role"),
          of("AuthRoleAddRequest", "name"),
          of("AuthRoleGetRequest", "role"),
          of("AuthRoleDeleteRequest", "role"),
          of("AuthRoleGrantPermissionRequest", "name perm"),
          of("Permission", "permType key range_end"),
          of("AuthRoleRevokePermissionRequest", "role key range_end"),
          of("LockRequest", "name lease"),
          of("UnlockRequest", "key"),
          of("CampaignRequest", "name lease"),
          of("ProclaimRequest", "leader"),
          of("LeaderRequest", "name"),
          of("ResignRequest", "leader"),
          of("LeaderKey", "name key rev lease"));

  /** Numbers that etcd's tools write in hexadecimal. */
  private static final Set<String> IDS = Set.of("ID", "lease", "memberID", "targetID");

  private AuditFields() {}

  private static Map.Entry<String, Set<String>> of(String message, String fields) {
    return Map.entry(message, Set.of(fields.split(" ")));
  }

  private static Set<String> of(Descriptor message) {
    return ALLOWED.getOrDefault(message.getName(), Set.of());
  }

  /** The request without what may not be written, for as long as it waits to be written. */
  static Message allowed(Message request) {
    if (request instanceof PutRequest put) {
      return put.toBuilder().clearValue().build();
    }
    if (request instanceof RangeRequest || request instanceof DeleteRangeRequest) {
      return request;
    }
    Message.Builder kept = request.newBuilderForType();
    Set<String> allowed = of(request.getDescriptorForType());
    request
        .getAllFields()
        .forEach(
            (field, value) -> {
              if (allowed.contains(field.getName())) {
                keep(kept, field, value);
              }
            });
    return kept.build();
  }

  private static void keep(Message.Builder kept, FieldDescriptor field, Object value) {
    if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
      kept.setField(field, value);
    } else if (field.isRepeated()) {
      ((List<?>) value)
          .forEach(element -> kept.addRepeatedField(field, allowed((Message) element)));
    } else {
      kept.setField(field, allowed((Message) value));
    }
  }

  /** Writes the fields that have a value, as an object. */
  static void write(Message request, JsonWriter out) throws IOException {
    Set<String> allowed = of(request.getDescriptorForType());
    out.beginObject();
    for (Map.Entry<FieldDescriptor, Object> entry : request.getAllFields().entrySet()) {
      FieldDescriptor field = entry.getKey();
      if (allowed.contains(field.getName())) {
        writeField(field, entry.getValue(), out);
      }
    }
    out.endObject();
  }

  private static void writeField(FieldDescriptor field, Object value, JsonWriter out)
      throws IOException {
    if (value instanceof ByteString bytes) {
      writeBytes(field.getJsonName(), bytes, out);
      return;
    }
    out.name(field.getJsonName());
    if (field.isRepeated()) {
      out.beginArray();
      for (Object element : (List<?>) value) {
        writeValue(field, element, out);
      }
      out.endArray();
    } else {
      writeValue(field, value, out);
    }
  }

  private static void writeValue(FieldDescriptor field, Object value, JsonWriter out)
      throws IOException {
    if (value instanceof Message message) {
      write(message, out);
    } else if (value instanceof EnumValueDescriptor constant) {
      out.value(constant.getName());
    } else if (value instanceof Boolean flag) {
      out.value(flag);
    } else if (value instanceof Number number && IDS.contains(field.getName())) {
      out.value(Long.toHexString(number.longValue()));
    } else if (value instanceof Number number) {
      out.value(number);
    } else {
      out.value(withoutUser(String.valueOf(value)));
    }
  }

  /** A URL without what precedes its host; any other text as it is. */
  static String withoutUser(String text) {
    int scheme = text.indexOf("://");
    int at = text.lastIndexOf('@');
    return scheme < 0 || at < scheme
        ? text
        : text.substring(0, scheme + 3) + text.substring(at + 1);
  }

  /** Writes bytes as text if they are printable, else in base64, and says so in the name. */
  static void writeBytes(String name, ByteString bytes, JsonWriter out) throws IOException {
    String text = printable(bytes);
    if (text != null) {
      out.name(name).value(text);
    } else {
      out.name(name + "Base64").value(Base64.getEncoder().encodeToString(bytes.toByteArray()));
    }
  }

  private static @Nullable String printable(ByteString bytes) {
    try {
      ByteBuffer buffer = bytes.asReadOnlyByteBuffer();
      String text = StandardCharsets.UTF_8.newDecoder().decode(buffer).toString();
      return text.codePoints().allMatch(AuditFields::isPrintable) ? text : null;
    } catch (CharacterCodingException noText) {
      return null;
    }
  }

  private static boolean isPrintable(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
