package io.kvorum.boot.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * The version of this build.
 *
 * <p>Held by: LauncherIT.
 */
public final class Version {
  /** The level of etcd's API that Kvorum follows. */
  public static final String ETCD_API = "3.7";

  private Version() {}

  /** Kvorum's own version. */
  public static String kvorum() {
    try (InputStream file = Version.class.getResourceAsStream("version.properties")) {
      if (file == null) {
        throw new IllegalStateException("version.properties is not in the build");
      }
      Properties properties = new Properties();
      properties.load(file);
      return properties.getProperty("version", "unknown");
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** In etcd's form. */
  static String text() {
    return String.format(
        "kvorum Version: %s%netcd API: %s%nJava Version: %s%nOS/Arch: %s/%s%n",
        kvorum(),
        ETCD_API,
        Runtime.version(),
        System.getProperty("os.name"),
        System.getProperty("os.arch"));
  }
}
