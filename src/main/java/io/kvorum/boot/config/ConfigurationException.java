package io.kvorum.boot.config;

/** The configuration is refused; the message is one line that names the flag and the value. */
public final class ConfigurationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With the line that the user sees. */
  public ConfigurationException(String message) {
    super(message);
  }
}
