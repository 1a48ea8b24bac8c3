package io.kvorum.peer;

import io.grpc.Metadata;
import io.grpc.Status;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Why a member does not let another one in. Travels by name in the trailers of the call. */
enum Refusal {
  /** It speaks another version of the protocol, or none. */
  PROTOCOL(Status.Code.FAILED_PRECONDITION),
  /** It belongs to another cluster. */
  CLUSTER(Status.Code.FAILED_PRECONDITION),
  /** It wants to talk to somebody else, whose address this is not. */
  TARGET(Status.Code.FAILED_PRECONDITION),
  /** It was a member once. */
  REMOVED(Status.Code.PERMISSION_DENIED),
  /** It may be a member of which this one has not heard yet. */
  UNKNOWN(Status.Code.UNAVAILABLE);

  private static final Metadata.Key<String> KEY =
      Metadata.Key.of("kvorum-refusal", Metadata.ASCII_STRING_MARSHALLER);

  private final Status.Code code;

  Refusal(Status.Code code) {
    this.code = code;
  }

  Status status(String message) {
    return code.toStatus().withDescription(message);
  }

  Metadata trailers() {
    Metadata trailers = new Metadata();
    trailers.put(KEY, name().toLowerCase(Locale.ROOT));
    return trailers;
  }

  /** What the trailers of a call say; null if it was not refused. */
  static @Nullable Refusal in(@Nullable Metadata trailers) {
    String name = trailers == null ? null : trailers.get(KEY);
    for (Refusal refusal : values()) {
      if (refusal.name().equalsIgnoreCase(name)) {
        return refusal;
      }
    }
    return null;
  }
}
