package io.kvorum.service;

import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyRange;
import io.kvorum.model.Result;
import io.kvorum.support.Futures;
import java.util.concurrent.CompletableFuture;

/**
 * Serves etcd's Lock service, as a user of keys, leases and watches. Thread-safe; nothing blocks
 * the caller. Futures fail as those of {@link KvService}; nothing is thrown.
 *
 * <p>A lock is held for as long as its key exists. Its create revision is the fencing number.
 */
public final class LockService {
  private final KeyQueue queue;
  private final KvService kv;

  LockService(KeyQueue queue, KvService kv) {
    this.queue = queue;
    this.kv = kv;
  }

  /** The same service for others than the member itself. */
  LockService onBehalfOf(Access theirs) {
    return new LockService(queue.onBehalfOf(theirs), kv.onBehalfOf(theirs));
  }

  /**
   * A lock that is held.
   *
   * @param key exists until it is unlocked or its lease ends
   * @param revision of the last read: the key's create revision only if the lock was free
   */
  public record Locked(Bytes key, long revision) {}

  /**
   * Waits for a lock. Fails with SESSION_EXPIRED if the key has gone when its turn comes, with
   * LEASE_NOT_FOUND at once.
   *
   * @param lease 0 to have one granted, for 60 s, which nobody renews
   */
  public Turn<Locked> lock(Bytes name, long lease) {
    Turn<Locked> turn =
        new Turn<>(
            queue,
            new Turn.Contest<>(
                name,
                lease,
                Bytes.EMPTY,
                entered -> CompletableFuture.completedFuture(null),
                ErrorCode.SESSION_EXPIRED,
                (own, revision) -> new Locked(own.key(), revision)));
    turn.start();
    return turn;
  }

  /** Deletes the key, whatever it is; a missing one is no error. */
  public CompletableFuture<Result.DeleteRange> unlock(Bytes key) {
    return Futures.attempt(
        () -> kv.deleteRange(new Command.DeleteRange(KeyRange.single(key), false)));
  }
}
