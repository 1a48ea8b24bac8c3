package io.kvorum.service;

import io.kvorum.model.ClusterMember;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.mvcc.HashQuestion;
import io.kvorum.mvcc.StoreHash;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Asks other members for the hashes of their stores. Thread-safe; does not block. */
public interface PeerHashes {

  /** None of them answers. */
  PeerHashes NONE =
      (member, question, timeout) ->
          CompletableFuture.failedFuture(new RequestException(ErrorCode.TIMEOUT));

  /**
   * Asks one member, at most for that long for each of its URLs.
   *
   * @return fails with COMPACTED or FUTURE_REVISION if it has no such hash, otherwise if it does
   *     not answer
   */
  CompletableFuture<StoreHash> ask(ClusterMember member, HashQuestion question, Duration timeout);
}
