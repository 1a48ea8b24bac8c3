package io.kvorum.boot.config;

import io.kvorum.support.OneLine;

/**
 * Says that the configuration is refused; the message is one line that names the flag and the
 * value, whatever characters the value has.
 *
 * <p>Held by: WrongValuesTest, ListenUrlsTest.
 */
public final class ConfigurationException extends RuntimeException {
  /** Exit status where a value cannot be read, as in etcd. */
  public static final int WRONG_VALUE = 2;

  /** Exit status where values that can be read cannot be used, as in etcd. */
  public static final int UNUSABLE = 1;

  private static final long serialVersionUID = 1L;

  private final int exitStatus;

  /** With the line that the user sees. */
  public ConfigurationException(String message) {
    this(message, WRONG_VALUE);
  }

  /** With the line that the user sees, and the exit status of the process. */
  public ConfigurationException(String message, int exitStatus) {
    super(OneLine.of(message));
    this.exitStatus = exitStatus;
  }

  public int exitStatus() {
    return exitStatus;
  }
}
