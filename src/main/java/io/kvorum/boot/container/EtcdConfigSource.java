package io.kvorum.boot.container;

import io.kvorum.boot.config.FlagValues;
import io.kvorum.boot.config.Flags;
import io.kvorum.boot.host.Host;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.eclipse.microprofile.config.spi.ConfigSource;
import org.jspecify.annotations.Nullable;

/**
 * Supplies MicroProfile Config with what etcd's users set: {@code ETCD_*} variables, and a file
 * that {@code ETCD_CONFIG_FILE} or the system property {@code kvorum.config-file} names. It stands
 * above the environment and below system properties. Under the launcher it is empty: the launcher
 * has already resolved these sources, and passes the result on as system properties.
 */
public final class EtcdConfigSource implements ConfigSource {
  private static final int ORDINAL = 350;

  private final Map<String, String> properties;

  /** For {@link java.util.ServiceLoader}. */
  public EtcdConfigSource() {
    this(
        System.getenv(),
        System.getProperty(Flags.get("config-file").property(), ""),
        Host.ofThisJvm().ownsProcess());
  }

  EtcdConfigSource(Map<String, String> environment, String configFile, boolean launched) {
    this.properties = launched ? Map.of() : properties(environment, configFile);
  }

  private static Map<String, String> properties(
      Map<String, String> environment, String configFile) {
    FlagValues values =
        FlagValues.resolve(
            configFile.isEmpty() ? Map.of() : Map.of("config-file", configFile), environment);
    Map<String, String> properties = new LinkedHashMap<>();
    if (values.exclusive()) {
      Flags.all().forEach(flag -> properties.put(flag.property(), flag.defaultValue()));
    }
    values.values().forEach((name, value) -> properties.put(Flags.get(name).property(), value));
    return properties;
  }

  @Override
  public int getOrdinal() {
    return ORDINAL;
  }

  @Override
  public String getName() {
    return "etcd variables and configuration file";
  }

  @Override
  public Set<String> getPropertyNames() {
    return properties.keySet();
  }

  @Override
  public @Nullable String getValue(String property) {
    return properties.get(property);
  }
}
