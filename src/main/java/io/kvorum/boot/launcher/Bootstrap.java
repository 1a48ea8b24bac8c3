package io.kvorum.boot.launcher;

import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Loads the launcher, and is what the launcher and the application share: they run in one JVM, but
 * in class loaders of their own. Thread-safe.
 *
 * <p>The only class of Kvorum on the JVM's class path. Liberty's applications look there first, and
 * would find the launcher's copies of the application's classes; so the launcher is loaded from the
 * exploded application by another class loader.
 *
 * <p>Held by: LauncherIT.
 */
public final class Bootstrap {
  /** The system property that is {@code true} in a JVM that {@code bin/kvorum} started. */
  public static final String LAUNCHED = "kvorum.launcher";

  /** The beginning of the line that reports that clients are served. */
  public static final String READY = "ready to serve client requests";

  private static final String MAIN = "io.kvorum.boot.launcher.Main";

  /** What the launcher needs of the application's libraries. */
  private static final List<String> LIBRARIES = List.of("picocli-", "snakeyaml-engine-");

  private static final CompletableFuture<String> STARTED = new CompletableFuture<>();

  private static volatile Runnable beforeStop = () -> {};

  private Bootstrap() {}

  /** Completed by the application, with a line for the user, when its own ports are open. */
  public static CompletableFuture<String> started() {
    return STARTED;
  }

  /** Sets what stops the member while Liberty still serves its application. */
  public static void beforeStop(Runnable action) {
    beforeStop = action;
  }

  /** To be run before Liberty is asked to stop. */
  public static Runnable beforeStop() {
    return beforeStop;
  }

  /** Passes the arguments on to the launcher. */
  public static void main(String[] arguments) throws ReflectiveOperationException, IOException {
    File webInf = new File(System.getProperty("kvorum.home"), "target/kvorum/WEB-INF");
    URLClassLoader launcher =
        new URLClassLoader(classPath(webInf), Bootstrap.class.getClassLoader());
    Class.forName(MAIN, true, launcher)
        .getMethod("main", String[].class)
        .invoke(null, (Object) arguments);
  }

  private static URL[] classPath(File webInf) throws MalformedURLException {
    List<URL> path = new ArrayList<>();
    path.add(new File(webInf, "classes/").toURI().toURL());
    File[] libraries =
        new File(webInf, "lib")
            .listFiles((directory, name) -> LIBRARIES.stream().anyMatch(name::startsWith));
    if (libraries != null) {
      for (File library : libraries) {
        path.add(library.toURI().toURL());
      }
    }
    return path.toArray(new URL[0]);
  }
}
