package io.kvorum.model;

import java.util.List;

/**
 * A member of the cluster, as the replicated state knows it.
 *
 * @param name for people; empty until the member has started for the first time
 * @param peerUrls where other members reach it
 * @param clientUrls where clients reach it; empty until the member has started for the first time
 * @param isLearner true if it follows without voting
 */
public record ClusterMember(
    long id, String name, List<String> peerUrls, List<String> clientUrls, boolean isLearner) {
  public ClusterMember {
    peerUrls = List.copyOf(peerUrls);
    clientUrls = List.copyOf(clientUrls);
  }

  /** A member that has never started does not count as one that can be relied on. */
  public boolean isStarted() {
    return !name.isEmpty();
  }
}
