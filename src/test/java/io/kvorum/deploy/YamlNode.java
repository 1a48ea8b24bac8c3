package io.kvorum.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** A node of a YAML document; reading what is not there fails the test. */
record YamlNode(Object value) {

  /** The documents of a file; empty ones are left out. */
  static List<YamlNode> documents(String label, String text) {
    Load load = new Load(LoadSettings.builder().setLabel(label).build());
    List<YamlNode> documents = new ArrayList<>();
    for (Object document : load.loadAllFromString(text)) {
      if (document != null) {
        documents.add(new YamlNode(document));
      }
    }
    return documents;
  }

  YamlNode at(String... path) {
    Object place = value;
    for (String key : path) {
      assertThat(place).as(String.join(".", path)).isInstanceOf(Map.class);
      place = ((Map<?, ?>) place).get(key);
      assertThat(place).as(String.join(".", path)).isNotNull();
    }
    return new YamlNode(place);
  }

  boolean has(String key) {
    return ((Map<?, ?>) value).containsKey(key);
  }

  List<YamlNode> items() {
    return ((List<?>) value).stream().map(item -> new YamlNode(item)).toList();
  }

  /** The only item. */
  YamlNode item() {
    assertThat(items()).hasSize(1);
    return items().get(0);
  }

  String text(String key) {
    return at(key).value().toString();
  }

  int number(String key) {
    return Integer.parseInt(text(key));
  }

  /** The kind and the name of a Kubernetes object. */
  String identity() {
    return text("kind") + " " + at("metadata").text("name");
  }
}
