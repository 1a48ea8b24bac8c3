package io.kvorum.peer.grpc.wire;

import java.io.IOException;

/** Signals a message that no member of this version sends. */
public final class MalformedMessageException extends IOException {
  private static final long serialVersionUID = 1L;

  public MalformedMessageException(String message) {
    super(message);
  }

  public MalformedMessageException(String message, Throwable cause) {
    super(message, cause);
  }
}
