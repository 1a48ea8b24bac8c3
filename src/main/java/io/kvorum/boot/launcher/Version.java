package io.kvorum.boot.launcher;

import io.kvorum.model.ApiVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Properties;

/** States the version of this build. Immutable. */
public final class Version {
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

  /**
   * What {@code --version} prints. The first four lines are etcd's, with nothing added to them:
   * scripts take the third word of the first line, or everything behind the colon.
   */
  static String text() {
    return String.join(
        System.lineSeparator(),
        "etcd Version: " + ApiVersion.SERVER,
        "Git SHA: Not provided",
        "Go Version: none",
        "Go OS/Arch: " + platform(System.getProperty("os.name"), System.getProperty("os.arch")),
        "Kvorum Version: " + kvorum(),
        "Java Version: " + Runtime.version(),
        "API Level: etcd "
            + ApiVersion.SERVER
            + " (the first four lines are in etcd's form, for tools that parse them)",
        "");
  }

  /** The platform as Go writes it. */
  static String platform(String system, String architecture) {
    String os = system.toLowerCase(Locale.ROOT);
    return (os.startsWith("mac") ? "darwin" : os.replaceFirst(" .*", ""))
        + "/"
        + switch (architecture) {
          case "x86_64" -> "amd64";
          case "aarch64" -> "arm64";
          default -> architecture;
        };
  }
}
