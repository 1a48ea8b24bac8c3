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

  /** Whether it has ever started: until then it has no name. */
  public boolean isStarted() {
    return !name.isEmpty();
  }
}
