package io.kvorum.boot.launcher;

/** The member cannot be started; the message is the one line that the user sees. */
final class LaunchException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  /** Something about the machine or the data is in the way. */
  LaunchException(String message) {
    this(message, Main.FAILURE);
  }

  /**
   * @param status what the process exits with
   */
  LaunchException(String message, int status) {
    super(message);
    this.status = status;
  }

  int status() {
    return status;
  }
}
