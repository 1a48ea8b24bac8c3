package io.kvorum.service;

import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.support.Futures;
import java.util.concurrent.CompletableFuture;

/**
 * Serves etcd's Election service, as a user of keys, leases and watches. Thread-safe; nothing
 * blocks the caller. Futures fail as those of {@link KvService}; nothing is thrown.
 *
 * <p>The leader is the owner of the oldest key; its value is what was proclaimed last.
 */
public final class ElectionService {
  private final KeyQueue queue;

  ElectionService(KeyQueue queue) {
    this.queue = queue;
  }

  /** The same service for others than the member itself. */
  ElectionService onBehalfOf(Access theirs) {
    return new ElectionService(queue.onBehalfOf(theirs));
  }

  /**
   * A leadership, or the candidacy for one.
   *
   * @param rev the create revision of the key: the fencing number
   * @param lease 0 to have one granted
   */
  public record Leadership(Bytes name, Bytes key, long rev, long lease) {}

  /**
   * A candidate that leads.
   *
   * @param revision of the transaction with which it became a candidate, however long ago
   */
  public record Elected(Leadership leadership, long revision) {}

  /** The leader, as read at a revision. */
  public record Leader(KeyValue kv, long revision) {}

  /**
   * Waits until the caller leads. Proclaims the value if the caller was a candidate already, with
   * another one. Fails with NOT_ELECTED if the key has gone when its turn comes, with
   * LEASE_NOT_FOUND at once.
   *
   * @param lease 0 to have one granted, for 60 s, which nobody renews
   */
  public Turn<Elected> campaign(Bytes name, long lease, Bytes value) {
    Turn<Elected> turn =
        new Turn<>(
            queue,
            new Turn.Contest<>(
                name,
                lease,
                value,
                own ->
                    own.value().equals(value)
                        ? CompletableFuture.completedFuture(null)
                        : proclaim(leadership(name, own), value),
                ErrorCode.NOT_ELECTED,
                (own, revision) -> new Elected(leadership(name, own), own.revision())));
    turn.start();
    return turn;
  }

  private static Leadership leadership(Bytes name, QueuedKey own) {
    return new Leadership(name, own.key(), own.createRevision(), own.lease());
  }

  /** Replaces the value; fails with NOT_ELECTED if the key is another one by now, or gone. */
  public CompletableFuture<Result.Txn> proclaim(Leadership leadership, Bytes value) {
    return Futures.attempt(
            () -> {
              TxnValidation.requireKey(leadership.key());
              return queue.leaseOf(leadership.lease());
            })
        .thenCompose(
            lease ->
                queue.ifCreatedAt(
                    leadership.rev(),
                    leadership.key(),
                    KeyQueue.put(leadership.key(), value, lease)))
        .thenApply(
            result -> {
              if (!result.succeeded()) {
                throw new RequestException(ErrorCode.NOT_ELECTED);
              }
              return result;
            });
  }

  /** Deletes the key, unless it is another one by now; that is no error. */
  public CompletableFuture<Result.Txn> resign(Leadership leadership) {
    return queue.ifCreatedAt(
        leadership.rev(), leadership.key(), KeyQueue.deletion(KeyRange.single(leadership.key())));
  }

  /** Reads the leader; fails with ELECTION_WITHOUT_LEADER if there is none. */
  public CompletableFuture<Leader> leader(Bytes name) {
    return queue
        .oldest(name)
        .thenApply(
            range -> {
              if (range.kvs().isEmpty()) {
                throw new RequestException(ErrorCode.ELECTION_WITHOUT_LEADER);
              }
              return new Leader(range.kvs().get(0), range.revision());
            });
  }

  /**
   * Observes the leaders from now on.
   *
   * @param wake called when {@link Observation#poll} may have more after it had none; from any
   *     thread, must not block
   */
  public Observation observe(Bytes name, Runnable wake) {
    return new Observation(queue, name, wake);
  }
}
