package io.kvorum.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class OpenApiDocumentTest {
  private final JsonObject document = OpenApiDocument.of("1.2.3");

  private JsonObject at(String... path) {
    JsonObject here = document;
    for (String name : path) {
      here = here.getAsJsonObject(name);
    }
    return here;
  }

  private JsonObject schemas() {
    return at("components", "schemas");
  }

  @Test
  void everyPathOfTheGatewayIsDescribed() {
    assertThat(at("paths").keySet())
        .containsExactlyInAnyOrderElementsOf(
            GatewayPaths.all().keySet().stream().map(path -> "/v3" + path).toList());
    List<String> names = new ArrayList<>();
    for (Map.Entry<String, JsonElement> path : at("paths").entrySet()) {
      names.add(
          path.getValue()
              .getAsJsonObject()
              .getAsJsonObject("post")
              .get("operationId")
              .getAsString());
    }
    assertThat(names).doesNotHaveDuplicates();
    assertThat(document.get("openapi").getAsString()).isEqualTo("3.1.0");
    assertThat(at("info").get("version").getAsString()).isEqualTo("1.2.3");
  }

  @Test
  void everySchemaThatIsReferredToIsThere() {
    List<String> references = new ArrayList<>();
    collect(document, references);
    assertThat(references).isNotEmpty();
    assertThat(schemas().keySet())
        .containsAll(
            references.stream().map(name -> name.replace("#/components/schemas/", "")).toList());
  }

  private static void collect(JsonElement element, List<String> references) {
    if (element.isJsonArray()) {
      element.getAsJsonArray().forEach(each -> collect(each, references));
    } else if (element.isJsonObject()) {
      for (Map.Entry<String, JsonElement> member : element.getAsJsonObject().entrySet()) {
        if (member.getKey().equals("$ref")) {
          references.add(member.getValue().getAsString());
        }
        collect(member.getValue(), references);
      }
    }
  }

  @Test
  void fieldsHaveTheFormThatTheGatewayReadsAndWrites() {
    JsonObject range = schemas().getAsJsonObject("etcdserverpb.RangeRequest");
    JsonObject fields = range.getAsJsonObject("properties");
    assertThat(fields.get("key")).hasToString("{\"type\":\"string\",\"format\":\"byte\"}");
    assertThat(fields.get("limit")).hasToString("{\"type\":\"string\",\"format\":\"int64\"}");
    assertThat(fields.get("serializable")).hasToString("{\"type\":\"boolean\"}");
    assertThat(fields.get("sort_order"))
        .hasToString("{\"type\":\"string\",\"enum\":[\"NONE\",\"ASCEND\",\"DESCEND\"]}");
    assertThat(
            schemas()
                .getAsJsonObject("etcdserverpb.RangeResponse")
                .getAsJsonObject("properties")
                .get("kvs"))
        .hasToString(
            "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/mvccpb.KeyValue\"}}");
  }

  @Test
  void aStreamIsOneOfResultsAndErrors() {
    JsonObject schema =
        at(
            "paths",
            "/v3/watch",
            "post",
            "responses",
            "200",
            "content",
            "application/json",
            "schema",
            "properties");
    assertThat(schema.keySet()).containsExactly("result", "error");
  }
}
