package io.kvorum.bbolt;

import java.io.IOException;

/** A bbolt file that is damaged, cut, or of another kind; the message is one line. */
public final class BoltException extends IOException {
  private static final long serialVersionUID = 1L;

  public BoltException(String message) {
    super(message);
  }
}
