package io.kvorum.ctl;

/** A flag is unknown or has no sense: the message is printed with the usage of the command. */
final class UsageException extends Exception {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }
}
