package io.kvorum.service;

import io.kvorum.model.Principal;
import io.kvorum.model.Result;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides about the pieces of one range. The first one is as any read; with each of the others its
 * user must still have the rights, but the end of its token, or a change of auth that is none of
 * its rights, does not break off an answer that has begun. Confined to one piece at a time.
 *
 * <p>A range that was begun while auth was off is read to its end.
 *
 * <p>Held by: KvMemoryTest.
 */
final class PieceAccess {
  /** As if a token were given for each decision. */
  private static final long ANY_REVISION = Long.MAX_VALUE;

  private final Access access;
  private volatile @Nullable Principal first;

  PieceAccess(Access access) {
    this.access = access;
  }

  /**
   * Reads a piece.
   *
   * @param permission throws if the one who asks may not read
   */
  CompletableFuture<Result.Range> read(
      Consumer<Principal> permission, Supplier<CompletableFuture<Result.Range>> reading) {
    Principal asking = first;
    if (asking == null) {
      return access.read(
          caller -> {
            permission.accept(caller);
            first = caller;
          },
          reading);
    }
    if (asking.isMember() || asking.isNobody()) {
      return reading.get();
    }
    Principal byName = new Principal(asking.user(), ANY_REVISION);
    permission.accept(byName);
    return reading
        .get()
        .thenApply(
            piece -> {
              permission.accept(byName);
              return piece;
            });
  }
}
