package io.kvorum.boot.config;

import io.kvorum.support.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * A YAML file that holds a mapping. Immutable.
 *
 * <p>Held by: FlagValuesTest, AuditTest.
 *
 * @param values by their keys
 * @param lines where each key stands, from 1, by {@code key}, or {@code key.key} in the mapping
 *     that is its value
 */
record YamlMapping(Map<?, ?> values, Map<String, Integer> lines) {

  /**
   * Reads a file.
   *
   * @param flag that names it, without dashes
   * @throws ConfigurationException if it cannot be read, or is not a YAML mapping
   */
  static YamlMapping read(String flag, String path) {
    LoadSettings settings = LoadSettings.builder().setLabel(path).build();
    try {
      String text = Files.readString(Path.of(path));
      Object document = new Load(settings).loadFromString(text);
      if (document == null) {
        return new YamlMapping(Map.of(), Map.of());
      }
      if (document instanceof Map<?, ?> mapping) {
        Map<String, Integer> lines = new HashMap<>();
        new Compose(settings).composeString(text).ifPresent(root -> note(root, "", lines));
        return new YamlMapping(mapping, lines);
      }
      throw refusal(flag, path, "it is not a mapping of names to values");
    } catch (InvalidPathException notAPath) {
      throw refusal(flag, path, "not a path: " + notAPath.getReason());
    } catch (IOException unreadable) {
      throw refusal(flag, path, Reason.of(unreadable));
    } catch (YamlEngineException malformed) {
      throw refusal(flag, path, reason(malformed));
    }
  }

  private static void note(Node node, String prefix, Map<String, Integer> lines) {
    if (!(node instanceof MappingNode mapping)) {
      return;
    }
    for (NodeTuple entry : mapping.getValue()) {
      if (entry.getKeyNode() instanceof ScalarNode key) {
        String name = prefix + key.getValue();
        key.getStartMark().ifPresent(mark -> lines.put(name, mark.getLine() + 1));
        if (prefix.isEmpty()) {
          note(entry.getValueNode(), name + ".", lines);
        }
      }
    }
  }

  /** A key and its line, as far as that is known. */
  String where(String key) {
    Integer line = lines.get(key);
    return line == null ? key : key + " in line " + line;
  }

  /** In one line; what the reader stumbled over while it made a value has no message. */
  private static String reason(YamlEngineException malformed) {
    Throwable cause = malformed.getCause();
    if (cause != null && !(cause instanceof YamlEngineException)) {
      return "a value is not what its tag (such as !!int) says; write it without the tag";
    }
    return String.valueOf(malformed.getMessage())
        .strip()
        .replaceAll("\\s*[\\n\\r\\u0085\\u2028\\u2029]\\s*", " ");
  }

  static ConfigurationException refusal(String flag, String path, String reason) {
    return new ConfigurationException("cannot use --" + flag + " \"" + path + "\": " + reason);
  }
}
