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
 * The only class of ours on the JVM's class path. Liberty's applications look there first, and
 * would find the launcher's copies of the application's classes; so the launcher is loaded from the
 * exploded application by a class loader of its own.
 */
public final class Bootstrap {
  private static final String MAIN = "io.kvorum.boot.launcher.Main";

  /** What the launcher needs of the application's libraries. */
  private static final List<String> LIBRARIES = List.of("picocli-", "snakeyaml-engine-");

  private static final CompletableFuture<String> READY = new CompletableFuture<>();

  private static volatile Runnable beforeStop = () -> {};

  private Bootstrap() {}

  /** Is completed by the application, with a line for the user, when it serves clients. */
  public static CompletableFuture<String> ready() {
    return READY;
  }

  /** What the application wants done while Liberty still serves it. */
  public static void beforeStop(Runnable action) {
    beforeStop = action;
  }

  /** To be called before Liberty is told to stop. */
  public static Runnable beforeStop() {
    return beforeStop;
  }

  /** Passes on to the launcher. */
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
