package io.kvorum.boot.launcher;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Finds what was installed together with the launcher's own jar. Immutable.
 *
 * @param home the directory that contains {@code bin}, {@code lib} and {@code wlp}
 */
record Installation(Path home) {
  /** The system property that names the directory of caches. */
  private static final String CACHES = "kvorum.caches";

  /** The installation that this process runs from. */
  static Installation ofThisProcess() throws LaunchException {
    try {
      Path jar =
          Path.of(Installation.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      Installation installation = new Installation(jar.resolve("../..").normalize());
      installation.check(installation.liberty());
      installation.check(installation.application());
      return installation;
    } catch (URISyntaxException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Open Liberty. */
  Path liberty() {
    return home.resolve("wlp");
  }

  /** Liberty's user directory, with the server's configuration. */
  Path users() {
    return liberty().resolve("usr");
  }

  /** The JVM's class path. */
  Path libraries() {
    return home.resolve("lib");
  }

  /**
   * Where files may be kept that make a start faster: what the launcher's script has found to be
   * writable, or nothing.
   */
  Optional<Path> caches() {
    return Optional.ofNullable(System.getProperty(CACHES)).map(Path::of);
  }

  /** The application, exploded: the classes that need the container. */
  Path application() {
    return home.resolve("lib").resolve("app");
  }

  private void check(Path part) throws LaunchException {
    if (!Files.exists(part)) {
      throw new LaunchException("the installation is not complete: \"" + part + "\" is missing");
    }
    if (!Files.isReadable(part) || !Files.isExecutable(part)) {
      throw new LaunchException("cannot read \"" + part + "\": permission denied");
    }
  }
}
