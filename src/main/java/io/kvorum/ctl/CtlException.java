package io.kvorum.ctl;

/** Ends a command; the message is what follows {@code Error: } on stderr. */
final class CtlException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  /**
   * @param status the exit status of the process
   */
  CtlException(int status, String message) {
    super(message);
    this.status = status;
  }

  CtlException(int status, String message, Throwable cause) {
    super(message, cause);
    this.status = status;
  }

  /** The command line cannot be understood. */
  static CtlException badArguments(String message) {
    return new CtlException(ExitStatus.BAD_ARGUMENTS, message);
  }

  int status() {
    return status;
  }
}
