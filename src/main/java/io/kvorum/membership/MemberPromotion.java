package io.kvorum.membership;

import io.kvorum.model.ClusterMember;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Makes a learner vote. Only the leader knows whether it has caught up, so it is asked: here, or by
 * way of another member. Thread-safe; nothing blocks.
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
