package io.kvorum.peer;

import java.io.IOException;

/** A transfer broke on its way: neither end is at fault, and another attempt may go through. */
final class PullBrokenException extends IOException {
  private static final long serialVersionUID = 1L;

  PullBrokenException(String message) {
    super(message);
  }
}
