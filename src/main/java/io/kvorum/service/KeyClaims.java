package io.kvorum.service;

import io.kvorum.model.Bytes;
import io.kvorum.service.KeyQueue.Deletion;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Counts the calls of this member that stand in a queue with the same key: a client that repeats a
 * call after a timeout, or over a new connection, repeats it with the same lease. A key that one of
 * them does not want any more is deleted when the last of them has ended, and only if none of them
 * was answered; a call does not put the key while it is being deleted. Thread-safe.
 *
 * <p>Without that, the end of a call whose client has long been forgotten would take away the lock
 * that the same client was granted since.
 *
 * <p>Held by: LockServiceTest.
 */
final class KeyClaims {
  // Guarded by this.
  private final Map<Bytes, Claims> byKey = new HashMap<>();

  /** Completes when the last key goes; a new one then. Guarded by this. */
  private CompletableFuture<Void> lastGoes = new CompletableFuture<>();

  /** Those of one key; guarded as the map. */
  private static final class Claims {
    private int count;
    private boolean isAnswered;

    /** Each on behalf of its own caller: one that is refused takes no other's place. */
    private final Set<Deletion> unwanted = new LinkedHashSet<>();

    private @Nullable CompletableFuture<Void> deletion;
  }

  /** Adds a call; completes when it may put the key. */
  CompletableFuture<Void> claim(Bytes key) {
    CompletableFuture<Void> deletion;
    synchronized (this) {
      Claims claims = byKey.computeIfAbsent(key, unclaimed -> new Claims());
      deletion = claims.deletion;
      if (deletion == null) {
        claims.count++;
        return CompletableFuture.completedFuture(null);
      }
    }
    return deletion.thenCompose(ended -> claim(key));
  }

  /** Ends a call that was answered: its client knows of the key. */
  void answered(Bytes key) {
    end(key, true, null);
  }

  /**
   * Ends a call without an answer.
   *
   * @param unwanted deletes the key; null to leave the key alone
   */
  void dropped(Bytes key, @Nullable Deletion unwanted) {
    end(key, false, unwanted);
  }

  private void end(Bytes key, boolean isAnswered, @Nullable Deletion unwanted) {
    CompletableFuture<Void> deletion = new CompletableFuture<>();
    Set<Deletion> unwantedByAny;
    synchronized (this) {
      Claims claims = byKey.get(key);
      if (claims == null) {
        throw new IllegalStateException("no call claims " + key);
      }
      claims.isAnswered |= isAnswered;
      if (unwanted != null) {
        claims.unwanted.add(unwanted);
      }
      if (--claims.count > 0) {
        return;
      }
      unwantedByAny = claims.isAnswered ? Set.of() : claims.unwanted;
      claims.deletion = deletion;
    }
    CompletableFuture.allOf(
            unwantedByAny.stream().map(Deletion::begin).toArray(CompletableFuture<?>[]::new))
        .whenComplete(
            (ended, never) -> {
              forget(key);
              deletion.complete(null);
            });
  }

  private void forget(Bytes key) {
    CompletableFuture<Void> gone;
    synchronized (this) {
      byKey.remove(key);
      if (!byKey.isEmpty()) {
        return;
      }
      gone = lastGoes;
      lastGoes = new CompletableFuture<>();
    }
    gone.complete(null);
  }

  /** Completes as soon as no key is claimed or being deleted. */
  synchronized CompletableFuture<Void> whenNone() {
    return byKey.isEmpty() ? CompletableFuture.completedFuture(null) : lastGoes;
  }

  /** How many keys are claimed or being deleted. */
  synchronized int size() {
    return byKey.size();
  }
}
