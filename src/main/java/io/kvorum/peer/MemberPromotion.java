package io.kvorum.peer;

import io.kvorum.model.ClusterMember;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Makes voters of learners: the leader alone knows whether one has caught up. Either here or by way
 * of another member. Thread-safe; nothing blocks. Fails with {@link
 * io.kvorum.model.RequestException}, NOT_LEADER among them.
 */
public interface MemberPromotion {

  /** The members afterwards. */
  CompletableFuture<List<ClusterMember>> promote(long memberId);
}
