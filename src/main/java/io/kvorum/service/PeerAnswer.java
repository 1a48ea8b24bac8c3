package io.kvorum.service;

import io.kvorum.model.ClusterMember;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.mvcc.StoreHash;
import io.kvorum.support.Futures;
import io.kvorum.support.Reason;
import java.util.Optional;

/**
 * What came back from another member that was asked for the hash of its store. Immutable.
 *
 * <p>Held by: StartComparisonTest, StoreComparisonTest, CompactionComparisonTest.
 *
 * @param hash empty if the member did not give one
 * @param reason why it did not; empty if it did
 */
record PeerAnswer(ClusterMember member, Optional<StoreHash> hash, String reason) {

  static PeerAnswer of(ClusterMember member, StoreHash hash) {
    return new PeerAnswer(member, Optional.of(hash), "");
  }

  static PeerAnswer without(ClusterMember member, Throwable failure) {
    return new PeerAnswer(member, Optional.empty(), reason(Futures.cause(failure)));
  }

  private static String reason(Throwable failure) {
    if (!(failure instanceof RequestException refusal)) {
      return Reason.of(failure);
    }
    if (refusal.code() == ErrorCode.COMPACTED) {
      return "it has compacted that revision already";
    }
    return refusal.code() == ErrorCode.FUTURE_REVISION
        ? "it has not reached that revision yet"
        : refusal.code().toString();
  }

  /** Names the member and what its store hashes to. */
  String text() {
    return hash.map(given -> member.label() + " has " + given.hash().text())
        .orElseGet(() -> member.label() + " gave none: " + reason);
  }
}
