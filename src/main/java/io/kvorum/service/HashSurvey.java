package io.kvorum.service;

import io.kvorum.membership.MemberView;
import io.kvorum.model.ClusterMember;
import io.kvorum.mvcc.HashQuestion;
import io.kvorum.support.Futures;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Asks all other members for the hashes of their stores, at the same time, and waits for the
 * slowest, within bounds. Thread-safe; nothing blocks.
 *
 * <p>Held by: CorruptionChecksTest.
 */
final class HashSurvey {
  private final MemberView members;
  private final long selfId;
  private final PeerHashes peers;
  private final Duration patience;

  /**
   * @param patience how long a member may take to answer, beside the time for computing a hash
   */
  HashSurvey(MemberView members, long selfId, PeerHashes peers, Duration patience) {
    this.members = members;
    this.selfId = selfId;
    this.peers = peers;
    this.patience = patience;
  }

  /**
   * Asks each.
   *
   * @param work how long computing such a hash takes here; another member may be slower
   * @return one answer of each other member, in the order of their ids; does not fail
   */
  CompletableFuture<List<PeerAnswer>> ask(HashQuestion question, Duration work) {
    Duration timeout = patience.plus(work.multipliedBy(2));
    List<CompletableFuture<PeerAnswer>> answers =
        members.members().stream()
            .filter(member -> member.id() != selfId)
            .map(member -> ask(member, question, timeout))
            .toList();
    return CompletableFuture.allOf(answers.toArray(CompletableFuture<?>[]::new))
        .thenApply(all -> answers.stream().map(CompletableFuture::join).toList());
  }

  private CompletableFuture<PeerAnswer> ask(
      ClusterMember member, HashQuestion question, Duration timeout) {
    return Futures.attempt(() -> peers.ask(member, question, timeout))
        .orTimeout(
            timeout.multipliedBy(Math.max(1, member.peerUrls().size())).toNanos(),
            TimeUnit.NANOSECONDS)
        .handle(
            (hash, failure) ->
                failure == null
                    ? PeerAnswer.of(member, hash)
                    : PeerAnswer.without(member, failure));
  }
}
