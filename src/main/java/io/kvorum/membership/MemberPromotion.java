package io.kvorum.membership;

import io.kvorum.model.ClusterMember;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Promotes learners to voters on the leader, which alone knows whether they are in sync: on this
 * member or over the network. Thread-safe; nothing blocks.
 */
public interface MemberPromotion {

  /**
   * The members after the promotion.
   *
   * <p>Fails with {@link io.kvorum.model.RequestException}: MEMBER_NOT_FOUND, MEMBER_NOT_LEARNER,
   * LEARNER_NOT_READY, MEMBER_NOT_ENOUGH_STARTED, NOT_LEADER, and as a proposal does.
   */
  CompletableFuture<List<ClusterMember>> promote(long memberId);
}
