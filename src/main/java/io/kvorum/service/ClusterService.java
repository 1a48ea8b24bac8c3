package io.kvorum.service;

import io.kvorum.consensus.Consensus;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** etcd's Cluster service, for a cluster of one. Thread-safe. */
public final class ClusterService {
  private final Consensus consensus;
  private final Member self;

  ClusterService(Consensus consensus, Member self) {
    this.consensus = consensus;
    this.self = self;
  }

  /** One member of the cluster. */
  public record Member(
      long id, String name, List<String> peerUrls, List<String> clientUrls, boolean isLearner) {
    public Member {
      peerUrls = List.copyOf(peerUrls);
      clientUrls = List.copyOf(clientUrls);
    }
  }

  public CompletableFuture<List<Member>> memberList(boolean linearizable) {
    if (!linearizable) {
      return CompletableFuture.completedFuture(List.of(self));
    }
    return consensus.confirmRead().thenApply(confirmed -> List.of(self));
  }
}
