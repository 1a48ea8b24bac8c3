package io.kvorum.rest;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import io.kvorum.proto.etcdserverpb.RpcProto;
import io.kvorum.proto.v3electionpb.V3ElectionProto;
import io.kvorum.proto.v3lockpb.V3LockProto;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Describes the JSON API in the form of OpenAPI 3.1: every path of {@link GatewayPaths}, with the
 * messages of its call as the gateway reads and writes them. Made by the build, from the same
 * declarations as the code. Confined to one thread.
 *
 * <p>Held by: OpenApiDocumentTest, LauncherIT.
 */
final class OpenApiDocument {
  private static final String SCHEMAS = "#/components/schemas/";
  private static final String ERROR = "Error";

  /** Messages that are described and not yet written out. */
  private final Map<String, Descriptor> referenced = new TreeMap<>();

  private final Map<String, MethodDescriptor> methods = new TreeMap<>();

  private OpenApiDocument() {
    Stream.of(
            RpcProto.getDescriptor(), V3LockProto.getDescriptor(), V3ElectionProto.getDescriptor())
        .flatMap(file -> file.getServices().stream())
        .map(ServiceDescriptor::getMethods)
        .flatMap(List::stream)
        .forEach(
            method ->
                methods.put(method.getService().getFullName() + "/" + method.getName(), method));
  }

  /**
   * The document.
   *
   * @param version of Kvorum
   */
  static JsonObject of(String version) {
    return new OpenApiDocument().document(version);
  }

  /**
   * Writes the document, for the build.
   *
   * @param arguments the file, and the version of Kvorum
   */
  public static void main(String[] arguments) throws IOException {
    Path file = Path.of(arguments[0]);
    Files.createDirectories(file.toAbsolutePath().getParent());
    String json = new GsonBuilder().setPrettyPrinting().create().toJson(of(arguments[1]));
    Files.writeString(file, json + "\n", StandardCharsets.UTF_8);
  }

  private JsonObject document(String version) {
    JsonObject document = new JsonObject();
    document.addProperty("openapi", "3.1.0");
    JsonObject info = text("title", "Kvorum: the JSON API of etcd v3");
    info.addProperty("version", version);
    info.addProperty(
        "description",
        "Bytes are base64, numbers of 64 bits strings; what is zero or empty is left out of answers."
            + " The paths whose answer is a stream send one JSON object a line. With users and"
            + " roles enabled, the token of /v3/auth/authenticate goes into the header"
            + " Authorization.");
    document.add("info", info);
    document.add("servers", servers());
    document.add("security", array(new JsonObject(), withEmptyArray("token")));
    document.add("paths", paths());
    JsonObject components = new JsonObject();
    components.add("schemas", schemas());
    JsonObject token = text("type", "apiKey");
    token.addProperty("in", "header");
    token.addProperty("name", "Authorization");
    JsonObject schemes = new JsonObject();
    schemes.add("token", token);
    components.add("securitySchemes", schemes);
    document.add("components", components);
    return document;
  }

  private static JsonArray servers() {
    JsonObject address = text("default", "http://127.0.0.1:2379");
    address.addProperty("description", "a client URL of a member");
    JsonObject variables = new JsonObject();
    variables.add("client_url", address);
    JsonObject server = text("url", "{client_url}");
    server.add("variables", variables);
    return array(server);
  }

  private JsonObject paths() {
    JsonObject paths = new JsonObject();
    for (Map.Entry<String, String> path : new TreeMap<>(GatewayPaths.all()).entrySet()) {
      MethodDescriptor method = methods.get(path.getValue());
      if (method == null) {
        throw new IllegalStateException("no call is declared as " + path.getValue());
      }
      JsonObject item = new JsonObject();
      item.add("post", operation(path.getKey(), method));
      paths.add("/v3" + path.getKey(), item);
    }
    return paths;
  }

  private JsonObject operation(String path, MethodDescriptor method) {
    JsonObject operation = text("summary", method.getName());
    operation.addProperty("operationId", path.substring(1).replaceAll("[^a-z]", "_"));
    JsonArray tags = new JsonArray();
    tags.add(method.getService().getName());
    operation.add("tags", tags);
    if (method.isClientStreaming()) {
      operation.addProperty(
          "description",
          "The body may hold several objects, one behind the other; also over a WebSocket, where"
              + " each message holds some.");
    }
    JsonObject body = content(reference(method.getInputType()));
    body.addProperty("required", !method.isClientStreaming());
    operation.add("requestBody", body);
    JsonObject responses = new JsonObject();
    responses.add("200", answer(method));
    JsonObject error = content(reference(ERROR));
    error.addProperty("description", "The error of the call; the status depends on its code.");
    responses.add("default", error);
    operation.add("responses", responses);
    return operation;
  }

  private JsonObject answer(MethodDescriptor method) {
    JsonObject message = reference(method.getOutputType());
    if (method.isServerStreaming()) {
      JsonObject properties = new JsonObject();
      properties.add("result", message);
      properties.add("error", reference(ERROR));
      message = text("type", "object");
      message.add("properties", properties);
    }
    JsonObject answer = content(message);
    answer.addProperty(
        "description",
        method.isServerStreaming() ? "A stream of such objects, one a line." : "The answer.");
    return answer;
  }

  private static JsonObject content(JsonObject schema) {
    JsonObject media = new JsonObject();
    media.add("schema", schema);
    JsonObject content = new JsonObject();
    content.add("application/json", media);
    JsonObject holder = new JsonObject();
    holder.add("content", content);
    return holder;
  }

  private JsonObject reference(Descriptor message) {
    referenced.putIfAbsent(message.getFullName(), message);
    return reference(message.getFullName());
  }

  private static JsonObject reference(String schema) {
    return text("$ref", SCHEMAS + schema);
  }

  /** The schemas of all messages that are referred to, and of those that these refer to. */
  private JsonObject schemas() {
    Map<String, JsonObject> schemas = new TreeMap<>();
    schemas.put(ERROR, error());
    while (!schemas.keySet().containsAll(referenced.keySet())) {
      for (Descriptor message : new ArrayList<>(referenced.values())) {
        schemas.computeIfAbsent(message.getFullName(), name -> schema(message));
      }
    }
    JsonObject all = new JsonObject();
    schemas.forEach(all::add);
    return all;
  }

  private static JsonObject error() {
    JsonObject properties = new JsonObject();
    properties.add("code", typed("integer", "int32"));
    properties.add("message", text("type", "string"));
    JsonObject error = text("type", "object");
    error.addProperty("description", "A code of gRPC and a message.");
    error.add("properties", properties);
    return error;
  }

  private JsonObject schema(Descriptor message) {
    JsonObject properties = new JsonObject();
    for (FieldDescriptor field : message.getFields()) {
      JsonObject value = value(field);
      if (field.isRepeated()) {
        JsonObject list = text("type", "array");
        list.add("items", value);
        value = list;
      }
      properties.add(field.getName(), value);
    }
    JsonObject schema = text("type", "object");
    schema.add("properties", properties);
    return schema;
  }

  private JsonObject value(FieldDescriptor field) {
    return switch (field.getJavaType()) {
      case MESSAGE -> reference(field.getMessageType());
      case BYTE_STRING -> typed("string", "byte");
      case STRING -> text("type", "string");
      case BOOLEAN -> text("type", "boolean");
      case INT -> typed("integer", "int32");
      case LONG ->
          typed("string", field.getType() == FieldDescriptor.Type.UINT64 ? "uint64" : "int64");
      case ENUM -> choice(field);
      case FLOAT, DOUBLE ->
          throw new IllegalStateException("no field of the API has this type: " + field);
    };
  }

  private static JsonObject choice(FieldDescriptor field) {
    JsonArray names = new JsonArray();
    field.getEnumType().getValues().stream().map(EnumValueDescriptor::getName).forEach(names::add);
    JsonObject choice = text("type", "string");
    choice.add("enum", names);
    return choice;
  }

  private static JsonObject typed(String type, String format) {
    JsonObject schema = text("type", type);
    schema.addProperty("format", format);
    return schema;
  }

  private static JsonObject text(String name, String value) {
    JsonObject object = new JsonObject();
    object.addProperty(name, value);
    return object;
  }

  private static JsonObject withEmptyArray(String name) {
    JsonObject object = new JsonObject();
    object.add(name, new JsonArray());
    return object;
  }

  private static JsonArray array(JsonObject... elements) {
    JsonArray array = new JsonArray();
    for (JsonObject element : elements) {
      array.add(element);
    }
    return array;
  }
}
