package io.kvorum.sealing;

import java.io.IOException;

/** Something sealed that is not what was sealed in its place; the message is a clause: "it …". */
public final class BrokenSealException extends IOException {
  private static final long serialVersionUID = 1L;

  BrokenSealException(String message) {
    super(message);
  }
}
