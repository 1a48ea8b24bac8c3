package io.kvorum.ctl.client;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.kvorum.support.Reason;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Reports that a call failed; the message is what the user sees, in the words of Go's client:
 * etcd's own errors without their code, all others with it.
 */
public final class RpcException extends Exception {
  private static final long serialVersionUID = 1L;

  private static final Pattern WORD_END = Pattern.compile("_");

  private static final String TIMEOUT = "context deadline exceeded";

  RpcException(String message, Throwable cause) {
    super(message, cause);
  }

  private RpcException(String message) {
    super(message);
  }

  /** The time for the command is over. */
  static RpcException timeout() {
    return new RpcException(TIMEOUT);
  }

  /** A call has failed. */
  public static RpcException of(StatusRuntimeException failure) {
    return new RpcException(words(failure.getStatus()), failure);
  }

  private static String words(Status status) {
    String description = status.getDescription();
    String text = description == null ? "" : description;
    if (isOfEtcd(text)) {
      return text;
    }
    return switch (status.getCode()) {
      case DEADLINE_EXCEEDED -> TIMEOUT;
      case CANCELLED -> "context canceled";
      default ->
          "rpc error: code = " + goName(status.getCode()) + " desc = " + text.replace('\n', ' ');
    };
  }

  private static boolean isOfEtcd(String text) {
    return text.startsWith("etcdserver: ") || text.startsWith("auth: ");
  }

  /** {@code FAILED_PRECONDITION} is FailedPrecondition. */
  private static String goName(Status.Code code) {
    StringBuilder name = new StringBuilder();
    for (String word : WORD_END.split(code.name(), -1)) {
      name.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
    }
    return name.toString();
  }

  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }

  /** Why a file could not be used. */
  static String reason(Throwable failure) {
    return Reason.inFull(failure);
  }

  /** Whether it failed with that status. */
  public boolean hasCode(Status.Code code) {
    return getCause() instanceof StatusRuntimeException call && call.getStatus().getCode() == code;
  }
}
