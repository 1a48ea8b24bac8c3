package io.kvorum.ctl;

import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Keeps the log of the libraries to itself, or shows it: what a user has to know is printed by the
 * commands. Stateless.
 *
 * <p>Held by: KvorumctlIT.
 */
final class ClientLog {
  // Held here, since the JDK forgets the settings of loggers that are not referenced.
  private static final Logger ALL = Logger.getLogger("");

  private ClientLog() {}

  static void show(boolean shown) {
    ALL.setLevel(shown ? Level.INFO : Level.OFF);
  }

  /** Leaves it as it is: in a process that has other users of its log. */
  static void leave(boolean shown) {}
}
