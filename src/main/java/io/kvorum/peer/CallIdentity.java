package io.kvorum.peer;

import static io.grpc.Metadata.ASCII_STRING_MARSHALLER;

import io.grpc.Metadata;
import org.jspecify.annotations.Nullable;

/** Who calls whom: what stands in the metadata of a call between members. */
record CallIdentity(int protocol, long clusterId, long senderId, long targetId) {
  static final int PROTOCOL = 1;

  private static final Metadata.Key<String> PROTOCOL_KEY = key("kvorum-protocol");
  private static final Metadata.Key<String> CLUSTER_KEY = key("kvorum-cluster-id");
  private static final Metadata.Key<String> SENDER_KEY = key("kvorum-sender-id");
  private static final Metadata.Key<String> TARGET_KEY = key("kvorum-target-id");

  static CallIdentity of(PeerIdentity sender, long targetId) {
    return new CallIdentity(PROTOCOL, sender.clusterId(), sender.memberId(), targetId);
  }

  Metadata headers() {
    Metadata headers = new Metadata();
    headers.put(PROTOCOL_KEY, Integer.toString(protocol));
    headers.put(CLUSTER_KEY, PeerIdentity.text(clusterId));
    headers.put(SENDER_KEY, PeerIdentity.text(senderId));
    headers.put(TARGET_KEY, PeerIdentity.text(targetId));
    return headers;
  }

  /** What the caller says of itself, to the last word of another version. */
  static CallIdentity in(Metadata headers) throws RefusedException {
    String protocol = headers.get(PROTOCOL_KEY);
    if (!Integer.toString(PROTOCOL).equals(protocol)) {
      throw new RefusedException(
          Refusal.PROTOCOL,
          0,
          "peer protocol mismatch: version %s called, this member speaks version %d"
              .formatted(protocol == null ? "none" : protocol, PROTOCOL));
    }
    return new CallIdentity(
        PROTOCOL,
        id(headers.get(CLUSTER_KEY)),
        id(headers.get(SENDER_KEY)),
        id(headers.get(TARGET_KEY)));
  }

  private static long id(@Nullable String text) throws RefusedException {
    try {
      return Long.parseUnsignedLong(text == null ? "" : text, 16);
    } catch (NumberFormatException malformed) {
      throw new RefusedException(Refusal.PROTOCOL, 0, "the caller does not say who it is");
    }
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, ASCII_STRING_MARSHALLER);
  }
}
