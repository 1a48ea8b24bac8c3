package io.kvorum.peer.grpc.link;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Enumerates the reasons for which a member refuses a call of another one. Travels by name in the
 * trailers of the call.
 *
 * <p>Held by: GateTest, PeerRefusalTest.
 */
public enum Refusal {
  /** The caller has another version of the protocol, or none. */
  PROTOCOL(Status.Code.FAILED_PRECONDITION),
  /** The caller belongs to another cluster. */
  CLUSTER(Status.Code.FAILED_PRECONDITION),
  /** The call is meant for another member, and this is not its address. */
  TARGET(Status.Code.FAILED_PRECONDITION),
  /** The caller was removed from the cluster. */
  REMOVED(Status.Code.PERMISSION_DENIED),
  /** The caller is not in the table of members, which may lag behind. */
  UNKNOWN(Status.Code.UNAVAILABLE);

  private static final Metadata.Key<String> KEY =
      Metadata.Key.of("kvorum-refusal", Metadata.ASCII_STRING_MARSHALLER);

  private final Status.Code code;

  Refusal(Status.Code code) {
    this.code = code;
  }

  /** The status that ends a refused call. */
  Status status(String message) {
    return code.toStatus().withDescription(message);
  }

  /** The trailers that carry this refusal. */
  Metadata trailers() {
    Metadata trailers = new Metadata();
    trailers.put(KEY, name().toLowerCase(Locale.ROOT));
    return trailers;
  }

  /** The refusal in the trailers of a call; null if the call was not refused. */
  public static @Nullable Refusal in(@Nullable Metadata trailers) {
    String name = trailers == null ? null : trailers.get(KEY);
    for (Refusal refusal : values()) {
      if (refusal.name().equalsIgnoreCase(name)) {
        return refusal;
      }
    }
    return null;
  }

  /** Refuses a call. Has no stack trace. */
  public static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Refusal refusal;
    private final long senderId;

    /**
     * @param senderId the id that the caller claims; 0 if unknown
     */
    public RefusedException(Refusal refusal, long senderId, String message) {
      super(message, null, false, false);
      this.refusal = refusal;
      this.senderId = senderId;
    }

    public Refusal refusal() {
      return refusal;
    }

    public long senderId() {
      return senderId;
    }

    public String reason() {
      return String.valueOf(getMessage());
    }

    /** Closes the call with the reason, in words and by name. */
    public void close(ServerCall<?, ?> call) {
      call.close(refusal.status(reason()), refusal.trailers());
    }
  }
}
