package io.kvorum.model;

import java.util.List;

/**
 * A member of the cluster in the replicated state.
 *
 * @param name human-readable; empty until the member has started for the first time
 * @param peerUrls where other members reach it
 * @param clientUrls where clients reach it; empty until the member has started for the first time
 * @param isLearner true if it does not vote
 */
public record ClusterMember(
    long id, String name, List<String> peerUrls, List<String> clientUrls, boolean isLearner) {
  public ClusterMember {
    peerUrls = List.copyOf(peerUrls);
    clientUrls = List.copyOf(clientUrls);
  }

  /** Names it in log lines: {@code m2 (b4322d2b50c5be2d)}, or its id alone before it has a name. */
  public String label() {
    return label(name, id);
  }

  /** The {@linkplain #label() label} of the member with that name and id. */
  public static String label(String name, long id) {
    String hex = Long.toHexString(id);
    return name.isEmpty() ? hex : name + " (" + hex + ")";
  }

  /** Whether it has ever started: until then it has no name. */
  public boolean isStarted() {
    return !name.isEmpty();
  }
}
