package io.kvorum.model;

/** A failed request, for the reason in {@link #code}. It carries no stack trace. */
public final class RequestException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  public RequestException(ErrorCode code) {
    super(code.name(), null, false, false);
    this.code = code;
  }

  public ErrorCode code() {
    return code;
  }
}
