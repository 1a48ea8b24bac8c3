package io.kvorum.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.boot.config.Flag;
import io.kvorum.boot.config.FlagValues;
import io.kvorum.boot.config.Flags;
import io.kvorum.boot.config.MemberConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** Reads how Kubernetes would start members: the variables and flags of a container. */
final class Workload {
  /** Variables of the launcher script, not of the member. */
  private static final Set<String> OF_THE_SCRIPT = Set.of("JVM_ARGS");

  private Workload() {}

  /** The container of a pod, or of a template of pods. */
  static YamlNode container(YamlNode pod) {
    return pod.at("spec", "containers").item();
  }

  /** One configuration per replica of a StatefulSet, with the variables expanded. */
  static List<MemberConfig> members(YamlNode statefulSet) {
    YamlNode container = container(statefulSet.at("spec", "template"));
    String name = statefulSet.at("metadata").text("name");
    Map<String, String> flags = container.has("args") ? flags(container.at("args")) : Map.of();
    return IntStream.range(0, statefulSet.at("spec").number("replicas"))
        .mapToObj(replica -> environment(container, name + "-" + replica))
        .map(environment -> config(flags, environment))
        .toList();
  }

  /** The member that these flags and variables configure; none of them may be unknown. */
  static MemberConfig config(Map<String, String> flags, Map<String, String> environment) {
    for (String flag : flags.keySet()) {
      assertThat(Flags.find(flag)).as("flag --" + flag).isNotNull();
    }
    FlagValues values = FlagValues.resolve(flags, environment);
    assertThat(values.warnings()).isEmpty();
    return MemberConfig.fromFlags(values::get);
  }

  private static Map<String, String> environment(YamlNode container, String podName) {
    Map<String, String> environment = new LinkedHashMap<>();
    for (YamlNode variable : container.at("env").items()) {
      String name = variable.text("name");
      assertVariable(name);
      if (variable.has("valueFrom")) {
        assertThat(variable.at("valueFrom", "fieldRef").text("fieldPath"))
            .isEqualTo("metadata.name");
        environment.put(name, podName);
      } else {
        String value = variable.text("value");
        for (Map.Entry<String, String> earlier : environment.entrySet()) {
          value = value.replace("$(" + earlier.getKey() + ")", earlier.getValue());
        }
        assertThat(value).doesNotContain("$(");
        environment.put(name, value);
      }
    }
    return environment;
  }

  /** Holds that the variable has an effect. */
  static void assertVariable(String name) {
    if (!OF_THE_SCRIPT.contains(name)) {
      assertThat(Flags.all().stream().filter(flag -> flag.status() == Flag.Status.WORKS))
          .flatExtracting(Flag::environmentVariable, Flag::presetVariable)
          .contains(name);
    }
  }

  /** The flags of a command line, without its program. */
  static Map<String, String> flags(YamlNode words) {
    Map<String, String> flags = new LinkedHashMap<>();
    words.items().forEach(word -> put(flags, word.value().toString()));
    return flags;
  }

  /** Adds a flag that is written as {@code --name=value}. */
  static void put(Map<String, String> flags, String word) {
    assertThat(word).startsWith("--").contains("=");
    String[] pair = word.substring(2).split("=", 2);
    flags.put(pair[0], pair[1]);
  }
}
