package io.kvorum.boot.config;

import io.kvorum.support.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads YAML files that hold a mapping. Stateless.
 *
 * <p>Held by: FlagValuesTest, AuditTest.
 */
final class YamlMapping {
  private YamlMapping() {}

  /**
   * Reads a file.
   *
   * @param flag that names it, without dashes
   * @throws ConfigurationException if it cannot be read, or is not a YAML mapping
   */
  static Map<?, ?> read(String flag, String path) {
    try {
      Object document =
          new Load(LoadSettings.builder().setLabel(path).build())
              .loadFromString(Files.readString(Path.of(path)));
      if (document == null) {
        return Map.of();
      }
      if (document instanceof Map<?, ?> mapping) {
        return mapping;
      }
      throw refusal(flag, path, "it is not a mapping of names to values");
    } catch (IOException unreadable) {
      throw refusal(flag, path, Reason.of(unreadable));
    } catch (YamlEngineException malformed) {
      throw refusal(
          flag,
          path,
          String.valueOf(malformed.getMessage()).strip().replaceAll("\\s*\\n\\s*", " "));
    }
  }

  static ConfigurationException refusal(String flag, String path, String reason) {
    return new ConfigurationException("cannot use --" + flag + " \"" + path + "\": " + reason);
  }
}
