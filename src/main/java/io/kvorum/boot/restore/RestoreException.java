package io.kvorum.boot.restore;

/** A restore that was refused or has failed, and has left nothing; the message is one line. */
public final class RestoreException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean isUsage;

  RestoreException(String message) {
    this(message, false);
  }

  RestoreException(String message, boolean isUsage) {
    super(message);
    this.isUsage = isUsage;
  }

  RestoreException(String message, Throwable cause) {
    super(message, cause);
    this.isUsage = false;
  }

  /** True if flags contradict each other, which etcd's tools end with another exit status. */
  public boolean isUsage() {
    return isUsage;
  }
}
