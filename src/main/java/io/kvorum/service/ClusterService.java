package io.kvorum.service;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/** etcd's Cluster service. Thread-safe. */
public final class ClusterService {
  /** One member of the cluster. */
  public record Member(
      long id, String name, List<String> peerUrls, List<String> clientUrls, boolean isLearner) {
    public Member {
      peerUrls = List.copyOf(peerUrls);
      clientUrls = List.copyOf(clientUrls);
    }
  }

  public CompletableFuture<List<Member>> memberList(boolean linearizable) {
    throw new UnsupportedOperationException("being built");
  }
}
