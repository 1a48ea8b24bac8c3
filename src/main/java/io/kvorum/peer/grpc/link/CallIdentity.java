package io.kvorum.peer.grpc.link;

import static io.grpc.Metadata.ASCII_STRING_MARSHALLER;

import io.grpc.Metadata;
import io.kvorum.peer.PeerIdentity;
import io.kvorum.peer.grpc.link.Refusal.RefusedException;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Identifies caller and target of a call between members; travels in its metadata. The values are
 * the caller's claims: nothing proves them. Immutable.
 *
 * <p>Held by: GateTest.
 *
 * @param peerUrls where the sender can be called back, according to its own table of members; empty
 *     in calls that need no link in return
 */
public record CallIdentity(
    int protocol, long clusterId, long senderId, long targetId, List<String> peerUrls) {
  static final int PROTOCOL = 1;

  /** Further URLs of a caller are ignored. */
  private static final int MAX_URLS = 16;

  private static final Metadata.Key<String> PROTOCOL_KEY = key("kvorum-protocol");
  private static final Metadata.Key<String> CLUSTER_KEY = key("kvorum-cluster-id");
  private static final Metadata.Key<String> SENDER_KEY = key("kvorum-sender-id");
  private static final Metadata.Key<String> TARGET_KEY = key("kvorum-target-id");
  private static final Metadata.Key<String> URLS_KEY = key("kvorum-peer-urls");

  public CallIdentity {
    peerUrls = List.copyOf(peerUrls);
  }

  /** The identity of a call that needs no link in return. */
  public static CallIdentity of(PeerIdentity sender, long targetId) {
    return of(sender, targetId, List.of());
  }

  public static CallIdentity of(PeerIdentity sender, long targetId, List<String> peerUrls) {
    return new CallIdentity(PROTOCOL, sender.clusterId(), sender.memberId(), targetId, peerUrls);
  }

  /** The identity as metadata of a call. */
  public Metadata headers() {
    Metadata headers = new Metadata();
    headers.put(PROTOCOL_KEY, Integer.toString(protocol));
    headers.put(CLUSTER_KEY, PeerIdentity.text(clusterId));
    headers.put(SENDER_KEY, PeerIdentity.text(senderId));
    headers.put(TARGET_KEY, PeerIdentity.text(targetId));
    if (!peerUrls.isEmpty()) {
      headers.put(URLS_KEY, String.join(",", peerUrls));
    }
    return headers;
  }

  /** Parses the caller's identity; refuses other protocol versions. */
  public static CallIdentity in(Metadata headers) throws RefusedException {
    String protocol = headers.get(PROTOCOL_KEY);
    if (!Integer.toString(PROTOCOL).equals(protocol)) {
      throw new RefusedException(
          Refusal.PROTOCOL,
          0,
          "peer protocol mismatch: the caller has version %s, this member version %d"
              .formatted(protocol == null ? "none" : protocol, PROTOCOL));
    }
    return new CallIdentity(
        PROTOCOL,
        id(headers.get(CLUSTER_KEY)),
        id(headers.get(SENDER_KEY)),
        id(headers.get(TARGET_KEY)),
        urls(headers.get(URLS_KEY)));
  }

  /** The URLs that can be called; anything else is ignored. */
  private static List<String> urls(@Nullable String text) {
    if (text == null) {
      return List.of();
    }
    return Pattern.compile(",")
        .splitAsStream(text)
        .filter(PeerAddress::isUsable)
        .limit(MAX_URLS)
        .toList();
  }

  private static long id(@Nullable String text) throws RefusedException {
    try {
      return Long.parseUnsignedLong(text == null ? "" : text, 16);
    } catch (NumberFormatException malformed) {
      throw new RefusedException(Refusal.PROTOCOL, 0, "the caller does not identify itself");
    }
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, ASCII_STRING_MARSHALLER);
  }
}
