package io.kvorum.differential;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.grpc.Status;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The form in which the answers of two servers are compared: JSON with sorted names, in which ids,
 * terms, times and versions are set aside, and revisions count from the beginning of the sequence.
 * Confined to one thread at a time.
 */
final class Form {
  private static final JsonPrimitive ASIDE = new JsonPrimitive("*");

  /** Fields whose presence alone is compared. */
  private static final Map<Rpc, Set<String>> ASIDE_OF =
      Map.of(
          Rpc.STATUS,
          Set.of(
              "version",
              "storageVersion",
              "dbSize",
              "dbSizeInUse",
              "raftIndex",
              "raftTerm",
              "raftAppliedIndex"),
          Rpc.HASH,
          Set.of("hash"),
          Rpc.LEASE_TTL,
          Set.of("TTL"));

  /** Lists whose order is not defined, or depends on time. */
  private static final Set<String> UNORDERED =
      Set.of("alarms", "leases", "keys", "errors", "members");

  private final Revisions revisions;
  private final long authRevision;

  /** What a server says, and what it means. */
  private final Map<String, String> names;

  /**
   * @param authRevision at the beginning of the sequence
   * @param names the server's ids and URLs, and what they are compared as
   */
  Form(Revisions revisions, long authRevision, Map<String, String> names) {
    this.revisions = revisions;
    this.authRevision = authRevision;
    this.names = new TreeMap<>(names);
  }

  /** Sets an id aside that the server has chosen. */
  void name(String said, String meaning) {
    names.put(said, meaning);
  }

  static JsonObject json(Message message) {
    try {
      return JsonParser.parseString(
              JsonFormat.printer()
                  .preservingProtoFieldNames()
                  .omittingInsignificantWhitespace()
                  .print(message))
          .getAsJsonObject();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("there is no Any in it", e);
    }
  }

  /** An answer over gRPC. */
  JsonElement of(@Nullable Rpc rpc, Message answer) {
    return of(rpc, json(answer));
  }

  /** An answer as JSON. */
  JsonElement of(@Nullable Rpc rpc, JsonElement answer) {
    Set<String> aside = rpc == null ? Set.of() : ASIDE_OF.getOrDefault(rpc, Set.of());
    return normal("", answer, aside);
  }

  /** A failure over gRPC. */
  JsonElement of(Status status) {
    JsonObject error = new JsonObject();
    error.addProperty("code", status.getCode().value());
    error.add("message", text(String.valueOf(status.getDescription())));
    return wrapped("error", error);
  }

  /** An answer over HTTP. */
  JsonElement of(@Nullable Rpc rpc, HttpResponse<String> response) {
    JsonElement body;
    try {
      body = of(rpc, JsonParser.parseString(response.body()));
    } catch (JsonParseException noJson) {
      body = text(response.body());
    }
    JsonObject answer = wrapped(response.statusCode() == 200 ? "ok" : "error", body);
    answer.addProperty("http", response.statusCode());
    answer.addProperty("type", response.headers().firstValue("Content-Type").orElse("none"));
    return answer;
  }

  static JsonObject wrapped(String name, JsonElement inner) {
    JsonObject object = new JsonObject();
    object.add(name, inner);
    return object;
  }

  private JsonElement text(String text) {
    String replaced = text.replace('\u00a0', ' ');
    for (Map.Entry<String, String> name : names.entrySet()) {
      replaced = replaced.replace(name.getKey(), name.getValue());
    }
    return new JsonPrimitive(replaced);
  }

  private JsonElement normal(String field, JsonElement value, Set<String> aside) {
    if (value.isJsonObject()) {
      return object(value.getAsJsonObject(), aside);
    }
    if (value.isJsonArray()) {
      return array(field, value.getAsJsonArray(), aside);
    }
    if (value.isJsonNull() || !value.getAsJsonPrimitive().isString()) {
      return aside.contains(field) ? ASIDE : value;
    }
    String text = value.getAsString();
    if (field.equals("raft_term") || field.equals("token")) {
      return text.isEmpty() ? value : ASIDE;
    }
    if (aside.contains(field)) {
      return text.startsWith("-") ? value : ASIDE;
    }
    if (Revisions.isRevision(field) && text.matches("\\d{1,18}")) {
      return new JsonPrimitive("r" + revisions.toSequence(Long.parseLong(text)));
    }
    if (field.equals("authRevision") && text.matches("\\d{1,18}")) {
      return new JsonPrimitive("a" + (Long.parseLong(text) - authRevision));
    }
    return names.containsKey(text) ? new JsonPrimitive(names.get(text)) : text(text);
  }

  private JsonObject object(JsonObject object, Set<String> aside) {
    JsonObject sorted = new JsonObject();
    new TreeMap<>(object.asMap())
        .forEach((name, inner) -> sorted.add(name, normal(name, inner, aside)));
    return sorted;
  }

  private JsonArray array(String field, JsonArray array, Set<String> aside) {
    List<JsonElement> elements = new ArrayList<>();
    array.forEach(element -> elements.add(normal(field, element, aside)));
    if (UNORDERED.contains(field)) {
      elements.sort(Comparator.comparing(JsonElement::toString));
    }
    JsonArray result = new JsonArray();
    elements.forEach(result::add);
    return result;
  }
}
