package io.kvorum.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import java.lang.reflect.InvocationTargetException;
import java.util.List;
import java.util.Map;

/**
 * Checks objects as strictly as an API server does with {@code --validate=strict}: no field that
 * the API does not have, none missing that it requires. The schema is the one from which the Java
 * client of Kubernetes is generated.
 */
final class KubernetesApi {
  private static final String MODELS = "io.kubernetes.client.openapi.models.V1";
  private static final Gson GSON = new Gson();

  /** The API group of each kind in use. */
  private static final Map<String, String> VERSIONS =
      Map.of(
          "Service", "v1",
          "Pod", "v1",
          "StatefulSet", "apps/v1",
          "PodDisruptionBudget", "policy/v1",
          "NetworkPolicy", "networking.k8s.io/v1");

  private KubernetesApi() {}

  static void assertValid(List<YamlNode> objects) throws ReflectiveOperationException {
    assertThat(objects).isNotEmpty();
    for (YamlNode object : objects) {
      assertValid(object);
    }
  }

  static void assertValid(YamlNode object) throws ReflectiveOperationException {
    String kind = object.text("kind");
    assertThat(object.text("apiVersion")).as(object.identity()).isEqualTo(VERSIONS.get(kind));
    JsonElement json = GSON.toJsonTree(object.value());
    try {
      Class.forName(MODELS + kind)
          .getMethod("validateJsonElement", JsonElement.class)
          .invoke(null, json);
    } catch (InvocationTargetException invalid) {
      throw new AssertionError(object.identity(), invalid.getCause());
    }
  }
}
