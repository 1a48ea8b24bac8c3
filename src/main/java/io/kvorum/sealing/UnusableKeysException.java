package io.kvorum.sealing;

import java.io.IOException;

/** Keys that are missing, wrong or malformed; the message is one line that says what to do. */
public final class UnusableKeysException extends IOException {
  private static final long serialVersionUID = 1L;

  UnusableKeysException(String message) {
    super(message);
  }
}
