package io.kvorum.peer;

/** A caller is not let in. It carries no stack trace. */
final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Refusal refusal;

  /** Who claims to call; 0 if that is not known. */
  private final long senderId;

  RefusedException(Refusal refusal, long senderId, String message) {
    super(message, null, false, false);
    this.refusal = refusal;
    this.senderId = senderId;
  }

  Refusal refusal() {
    return refusal;
  }

  long senderId() {
    return senderId;
  }

  String reason() {
    return String.valueOf(getMessage());
  }
}
