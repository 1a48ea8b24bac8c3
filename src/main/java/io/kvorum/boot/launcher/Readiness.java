package io.kvorum.boot.launcher;

import io.kvorum.boot.config.Launched;
import java.lang.System.Logger.Level;

/**
 * How the application says that the member serves clients. Under the launcher the line reaches
 * stdout as soon as Liberty's ports are open too, which is only after the application has started.
 */
public final class Readiness {
  /** What the line starts with. */
  public static final String LINE = "ready to serve client requests";

  private Readiness() {}

  /**
   * To be called when the application has opened its own ports.
   *
   * @param details what follows, such as the URLs
   */
  public static void announce(String details) {
    say(LINE + " " + details);
  }

  /** To be called instead, when there is nothing to serve. */
  public static void decline(String reason) {
    say("serves no client requests: " + reason);
  }

  private static void say(String line) {
    if (Launched.byLauncher()) {
      Bootstrap.ready().complete(line);
    } else {
      System.getLogger(Readiness.class.getName()).log(Level.INFO, line);
    }
  }
}
