package io.kvorum.boot.launcher;

import io.kvorum.boot.config.Launched;

/**
 * How the member goes before the application does. Liberty answers with pages of its own from the
 * moment in which it is told to stop; until then the member has handed over and closed its ports.
 * In a foreign Liberty it goes with the application.
 */
public final class Departure {
  private Departure() {}

  /**
   * @param stop stops the member; is called once more when the application goes
   */
  public static void beginsWith(Runnable stop) {
    if (Launched.byLauncher()) {
      Bootstrap.beforeStop(stop);
    }
  }
}
