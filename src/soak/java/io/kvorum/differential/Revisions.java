package io.kvorum.differential;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Translates revisions and ids between a sequence, where the revision at its beginning is {@value
 * #START} and the member is {@value #SELF}, and a server. Immutable.
 */
record Revisions(long base, long member) {
  /** The revision at the beginning, which is compacted: the two below it can be asked for too. */
  static final long START = 3;

  /** The id of the member in requests. */
  static final long SELF = 1;

  private static final Set<String> FIELDS =
      Set.of(
          "revision",
          "start_revision",
          "min_mod_revision",
          "max_mod_revision",
          "min_create_revision",
          "max_create_revision",
          "mod_revision",
          "create_revision",
          "compact_revision",
          "hash_revision",
          "rev");

  private static final Set<String> MEMBER_FIELDS = Set.of("memberID", "targetID");

  static boolean isRevision(String field) {
    return FIELDS.contains(field);
  }

  long toSequence(long revision) {
    return revision <= 0 ? revision : revision - base + START;
  }

  /** A request as the server takes it. */
  @SuppressWarnings("unchecked")
  <M extends Message> M toServer(M request) {
    Message.Builder builder = request.toBuilder();
    boolean isOfMember = request.getDescriptorForType().getName().startsWith("Member");
    for (Map.Entry<FieldDescriptor, Object> entry : request.getAllFields().entrySet()) {
      FieldDescriptor field = entry.getKey();
      if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
        if (field.isRepeated()) {
          List<Message> inner = (List<Message>) entry.getValue();
          for (int i = 0; i < inner.size(); i++) {
            builder.setRepeatedField(field, i, toServer(inner.get(i)));
          }
        } else {
          builder.setField(field, toServer((Message) entry.getValue()));
        }
      } else if (isRevision(field.getName()) && (long) entry.getValue() > 0) {
        builder.setField(field, (long) entry.getValue() + base - START);
      } else if (MEMBER_FIELDS.contains(field.getName())
          || isOfMember && field.getName().equals("ID")) {
        builder.setField(field, (long) entry.getValue() == SELF ? member : entry.getValue());
      }
    }
    return (M) builder.build();
  }
}
