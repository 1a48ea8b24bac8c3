package io.kvorum.boot.launcher;

import io.kvorum.boot.host.OwnProcess;
import io.kvorum.support.OneLine;

/** Reports that the member cannot start; the message is the one line that the user sees. */
final class LaunchException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  /** The machine or the data prevent the start. */
  LaunchException(String message) {
    this(message, OwnProcess.FAILURE);
  }

  /**
   * @param status the exit status of the process
   */
  LaunchException(String message, int status) {
    super(OneLine.of(message));
    this.status = status;
  }

  int status() {
    return status;
  }
}
