package io.kvorum.service;

import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.Compare;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RangeQuery.Projection;
import io.kvorum.model.RangeQuery.RevisionBounds;
import io.kvorum.model.RangeQuery.SortOrder;
import io.kvorum.model.RangeQuery.SortTarget;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.model.TxnOp;
import io.kvorum.support.Futures;
import io.kvorum.support.Log;
import io.kvorum.watch.WatchHub;
import io.kvorum.watch.WatchMessage;
import io.kvorum.watch.WatchSpec;
import io.kvorum.watch.WatchStream;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the queues of locks and elections as keys, in the form of etcd's clients, so that these and
 * the callers of this member stand in one queue.
 *
 * <pre>
 *   jobs/7f3a   create revision 12   holds the lock, or leads
 *   jobs/19     create revision 15   watches jobs/7f3a
 *   jobs/2b     create revision 21   watches jobs/19
 * </pre>
 *
 * <p>The queue of a name consists of all keys below {@code name/}, regardless of who put them;
 * their order is that of their create revisions. A caller's key is {@code name/} and the id of its
 * lease in hexadecimal. Thread-safe; nothing blocks. Futures fail as those of {@link KvService},
 * and nothing is thrown.
 *
 * <p>Held by: LockServiceTest, ElectionServiceTest.
 */
final class KeyQueue {
  /** The lease of a caller that brings none: nobody renews it. */
  static final long OWN_LEASE_TTL_SECONDS = 60;

  private static final Log LOG = Log.of(KeyQueue.class);
  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final long NO_LEASE = 0;

  /** Failures that say nothing about the next attempt. */
  private static final Set<ErrorCode> PASSING =
      EnumSet.of(
          ErrorCode.TOO_MANY_REQUESTS,
          ErrorCode.NO_LEADER,
          ErrorCode.NOT_LEADER,
          ErrorCode.LEADER_CHANGED,
          ErrorCode.TIMEOUT,
          ErrorCode.TIMEOUT_LEADER_FAILED,
          ErrorCode.TIMEOUT_CONNECTION_LOST);

  /** Those of them after which nothing has been written, nor will be. */
  private static final Set<ErrorCode> NOT_DONE =
      EnumSet.of(ErrorCode.TOO_MANY_REQUESTS, ErrorCode.NO_LEADER, ErrorCode.NOT_LEADER);

  private final KvService kv;
  private final LeaseService leases;
  private final WatchHub hub;
  private final Scheduler scheduler;
  private final LongSupplier revision;
  private final KeyClaims claims;

  /** The same queues for the member itself. */
  private final KeyQueue ofMember;

  /**
   * @param scheduler delays what is attempted again
   * @param revision that of this member's store
   */
  KeyQueue(
      KvService kv, LeaseService leases, WatchHub hub, Scheduler scheduler, LongSupplier revision) {
    this.kv = kv;
    this.leases = leases;
    this.hub = hub;
    this.scheduler = scheduler;
    this.revision = revision;
    this.claims = new KeyClaims();
    this.ofMember = this;
  }

  private KeyQueue(KeyQueue same, Access access) {
    this.kv = same.kv.onBehalfOf(access);
    this.leases = same.leases.onBehalfOf(access);
    this.hub = same.hub;
    this.scheduler = same.scheduler;
    this.revision = same.revision;
    this.claims = same.claims;
    this.ofMember = same.ofMember;
  }

  /** The same queues for others than the member itself. */
  KeyQueue onBehalfOf(Access theirs) {
    return new KeyQueue(this, theirs);
  }

  /** The calls of this member by the keys that they stand in a queue with. */
  KeyClaims claims() {
    return claims;
  }

  /** The lease itself, or one that is granted now if there is none. */
  CompletableFuture<Long> leaseOf(long lease) {
    return lease == NO_LEASE
        ? Futures.attempt(() -> leases.grant(NO_LEASE, OWN_LEASE_TTL_SECONDS))
            .thenApply(Result.LeaseGrant::id)
        : CompletableFuture.completedFuture(lease);
  }

  /** Completes if the caller may put the key. */
  CompletableFuture<Void> mayEnter(Bytes name, long lease, Bytes value) {
    return Futures.attempt(() -> kv.require(entering(name, lease, value)));
  }

  private static Command.Txn entering(Bytes name, long lease, Bytes value) {
    Bytes key = keyOf(name, lease);
    RangeQuery first = first(name).withProjection(Projection.KEYS_ONLY);
    return new Command.Txn(
        List.of(createdAt(key, 0)),
        List.of(put(key, value, lease), first),
        List.of(RangeQuery.of(KeyRange.single(key)), first));
  }

  /** Puts the key unless it is there; changes nothing if it is. */
  CompletableFuture<QueuedKey> enter(Bytes name, long lease, Bytes value) {
    Bytes key = keyOf(name, lease);
    return txn(entering(name, lease, value))
        .thenApply(
            result -> {
              boolean isNew = result.succeeded();
              KeyValue there = isNew ? null : range(result, 0).kvs().get(0);
              long created = there == null ? result.revision() : there.createRevision();
              return new QueuedKey(
                  key,
                  lease,
                  there == null ? value : there.value(),
                  created,
                  result.revision(),
                  isNew,
                  range(result, 1).kvs().get(0).createRevision() == created);
            });
  }

  private static Result.Range range(Result.Txn result, int response) {
    return (Result.Range) result.responses().get(response);
  }

  /** The newest of the keys that are older than that revision: none or one. */
  CompletableFuture<Result.Range> lastBefore(Bytes name, long createRevision) {
    RevisionBounds bounds = new RevisionBounds(0, 0, 0, createRevision - 1);
    return read(
        new RangeQuery(
            below(name), 0, 1, SortTarget.CREATE, SortOrder.DESCEND, bounds, Projection.KEYS_ONLY));
  }

  /** The oldest key, whose owner holds the lock or leads: none or one. */
  CompletableFuture<Result.Range> oldest(Bytes name) {
    return read(first(name));
  }

  CompletableFuture<Result.Range> find(Bytes key) {
    return read(RangeQuery.of(KeyRange.single(key)));
  }

  private CompletableFuture<Result.Range> read(RangeQuery query) {
    return Futures.attempt(() -> kv.range(query, false));
  }

  /** Runs the operation if the key was created at that revision. */
  CompletableFuture<Result.Txn> ifCreatedAt(long createRevision, Bytes key, TxnOp operation) {
    Compare condition = createdAt(key, createRevision);
    return txn(new Command.Txn(List.of(condition), List.of(operation), List.of()));
  }

  private CompletableFuture<Result.Txn> txn(Command.Txn txn) {
    return Futures.attempt(() -> kv.txn(txn, false));
  }

  /**
   * Watches a key that exists at that revision until it is deleted.
   *
   * @param onEnd called once: when the key has been deleted, or when the watch has ended and the
   *     queue must be read again; on the hub's thread, so it must not block
   * @return ends the watch, after which {@code onEnd} is hardly ever called
   */
  Runnable watchUntilDeleted(Bytes key, long existsAt, Runnable onEnd) {
    DeletionWatch watch = new DeletionWatch(onEnd);
    WatchStream stream = hub.open(watch::look);
    watch.stream = stream;
    stream.create(
        new WatchSpec(0, KeyRange.single(key), existsAt + 1, false, false, true, false, false));
    return stream::close;
  }

  /** Completes if the caller may watch a key. */
  CompletableFuture<Void> mayWatch(Bytes key) {
    return Futures.attempt(() -> kv.requireRead(KeyRange.single(key)));
  }

  /** Completes if the caller may watch the queue of a name. */
  CompletableFuture<Void> mayWatchPuts(Bytes name) {
    return Futures.attempt(() -> kv.requireRead(below(name)));
  }

  /** Watches the queue of a name for keys that are put, from that revision on. */
  WatchStream watchPuts(Bytes name, long from, Runnable wake) {
    return watch(below(name), from, true, wake);
  }

  /** Watches a key from that revision on. */
  WatchStream watch(Bytes key, long from, Runnable wake) {
    return watch(KeyRange.single(key), from, false, wake);
  }

  private WatchStream watch(KeyRange range, long from, boolean skipsDeletes, Runnable wake) {
    WatchStream stream = hub.open(wake);
    stream.create(new WatchSpec(0, range, from, false, false, false, skipsDeletes, false));
    return stream;
  }

  /** The revision of this member's store: nothing that is put from now on is as old. */
  long revision() {
    return revision.getAsLong();
  }

  /** Attempts something again, a little later. */
  void later(Runnable attempt) {
    scheduler.runAfter(PAUSE, attempt);
  }

  /** Whether the next attempt may succeed. */
  static boolean isPassing(Throwable failure) {
    ErrorCode code = codeOf(failure);
    return code != null && PASSING.contains(code);
  }

  /** Whether what failed may have been done, or may still be. */
  static boolean leavesOpen(Throwable failure) {
    return isPassing(failure) && !NOT_DONE.contains(codeOf(failure));
  }

  private static @Nullable ErrorCode codeOf(Throwable failure) {
    return Futures.cause(failure) instanceof RequestException refusal ? refusal.code() : null;
  }

  /**
   * How to delete the key of a call whose transaction has been applied, and so was allowed: as the
   * member itself, also when the caller could not do it any more.
   *
   * @param condition null to leave the key alone
   */
  @Nullable Deletion deletionOfOwn(@Nullable Compare condition) {
    return condition == null ? null : new Deletion(ofMember, condition);
  }

  /**
   * How to delete the key of a call whose transaction may have been refused, so that the key may be
   * another's: on behalf of the caller, which must be allowed to.
   */
  Deletion deletionIfAllowed(Compare condition) {
    return new Deletion(this, condition);
  }

  /** Deletes the key of the condition, if that holds. */
  record Deletion(KeyQueue queue, Compare condition) {
    /**
     * Begins; attempted until it has succeeded or is refused, or this member stops. A lease that
     * ends before that takes the key along.
     *
     * @return completes, and never fails, when nothing more will be attempted
     */
    CompletableFuture<Void> begin() {
      CompletableFuture<Void> ended = new CompletableFuture<>();
      queue.delete(condition, ended);
      return ended;
    }
  }

  private void delete(Compare condition, CompletableFuture<Void> ended) {
    txn(new Command.Txn(List.of(condition), List.of(deletion(condition.range())), List.of()))
        .whenComplete(
            (done, failure) -> {
              if (failure != null && isPassing(failure)) {
                LOG.debug("deleting {} failed, will retry", condition.range().from(), failure);
                later(() -> delete(condition, ended));
                return;
              }
              if (failure != null && this != ofMember) {
                LOG.debug("a caller may not delete {}", condition.range().from(), failure);
              } else if (failure != null && codeOf(failure) != ErrorCode.STOPPED) {
                LOG.warning(
                    "the key {} of a call that has ended stays until its lease ends",
                    condition.range().from(),
                    failure);
              }
              ended.complete(null);
            });
  }

  static Bytes keyOf(Bytes name, long lease) {
    return concat(name, "/" + Long.toString(lease, 16));
  }

  /** All keys that begin with the name and a slash; the character after the slash is the zero. */
  private static KeyRange below(Bytes name) {
    return new KeyRange(concat(name, "/"), concat(name, "0"));
  }

  private static Bytes concat(Bytes name, String ascii) {
    byte[] joined = new byte[name.length() + ascii.length()];
    System.arraycopy(name.unsafeArray(), 0, joined, 0, name.length());
    for (int i = 0; i < ascii.length(); i++) {
      joined[name.length() + i] = (byte) ascii.charAt(i);
    }
    return Bytes.wrap(joined);
  }

  private static RangeQuery first(Bytes name) {
    return new RangeQuery(
        below(name),
        0,
        1,
        SortTarget.CREATE,
        SortOrder.ASCEND,
        RevisionBounds.NONE,
        Projection.FULL);
  }

  static Command.Put put(Bytes key, Bytes value, long lease) {
    return new Command.Put(key, value, lease, false, false, false);
  }

  static Command.DeleteRange deletion(KeyRange range) {
    return new Command.DeleteRange(range, false);
  }

  /** Holds for a key that is there and was created at that revision; 0 for one that is not. */
  static Compare createdAt(Bytes key, long revision) {
    return created(key, Compare.Operator.EQUAL, revision);
  }

  /** Holds for a key that is there and was created after that revision. */
  static Compare createdAfter(Bytes key, long revision) {
    return created(key, Compare.Operator.GREATER, revision);
  }

  private static Compare created(Bytes key, Compare.Operator operator, long revision) {
    return new Compare(
        KeyRange.single(key), Compare.Target.CREATE, operator, revision, Bytes.EMPTY);
  }

  /** Waits for the one event, or for the end of its watch, whatever the reason. */
  private static final class DeletionWatch {
    private final Runnable onEnd;
    private volatile @Nullable WatchStream stream;

    DeletionWatch(Runnable onEnd) {
      this.onEnd = onEnd;
    }

    void look() {
      WatchStream open = stream;
      if (open == null) {
        return;
      }
      for (WatchMessage message = open.poll(); message != null; message = open.poll()) {
        if (!(message instanceof WatchMessage.Created)) {
          open.close();
          onEnd.run();
          return;
        }
      }
    }
  }
}
