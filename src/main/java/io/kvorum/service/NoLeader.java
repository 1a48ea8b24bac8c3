package io.kvorum.service;

import io.kvorum.lease.LeaseClock;
import io.kvorum.membership.MemberPromotion;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Stands for the other members where there are none: none of them leads. Thread-safe. */
final class NoLeader implements LeaseClock, MemberPromotion {
  @Override
  public CompletableFuture<Long> renew(long leaseId) {
    return refused();
  }

  @Override
  public CompletableFuture<Long> remainingSeconds(long leaseId) {
    return refused();
  }

  @Override
  public CompletableFuture<List<ClusterMember>> promote(long memberId) {
    return refused();
  }

  private static <T> CompletableFuture<T> refused() {
    return CompletableFuture.failedFuture(new RequestException(ErrorCode.NOT_LEADER));
  }
}
