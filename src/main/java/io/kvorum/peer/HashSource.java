package io.kvorum.peer;

import io.kvorum.mvcc.HashQuestion;
import io.kvorum.mvcc.StoreHash;
import java.util.concurrent.CompletableFuture;

/** Hashes the store of this member for others. Thread-safe; does not block. */
public interface HashSource {

  /** Fails with COMPACTED or FUTURE_REVISION if there is no such hash. */
  CompletableFuture<StoreHash> answer(HashQuestion question);
}
