package io.kvorum.boot.launcher;

/** The member cannot be started; the message is the one line that the user sees. */
final class LaunchException extends Exception {
  private static final long serialVersionUID = 1L;

  LaunchException(String message) {
    super(message);
  }
}
