package io.kvorum.service;

import io.kvorum.consensus.Consensus;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.support.Futures;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Calls the leader: this member first, which refuses if it is not the leader, then the leader over
 * the network. While there is none, or it cannot be reached, the call is repeated every 50 ms, as
 * in etcd. Thread-safe; nothing blocks.
 *
 * <p>Held by: LeaseServiceTest, ClusterServiceTest.
 *
 * @param <L> what the leader is called for, both here and over the network
 */
public final class LeaderCall<L> {
  private static final Duration PAUSE = Duration.ofMillis(50);

  /** The call had no effect. */
  private static final Set<ErrorCode> NOT_DONE =
      EnumSet.of(ErrorCode.NOT_LEADER, ErrorCode.NO_LEADER);

  /** The call had no effect, or it is not known whether it had one. */
  private static final Set<ErrorCode> UNANSWERED =
      EnumSet.of(ErrorCode.NOT_LEADER, ErrorCode.NO_LEADER, ErrorCode.TIMEOUT_CONNECTION_LOST);

  private final L local;
  private final L remote;
  private final Consensus consensus;
  private final Scheduler scheduler;
  private final long timeoutNanos;

  /**
   * @param local fails with NOT_LEADER if this member is not the leader
   * @param remote finds the leader among the others; fails with NOT_LEADER if the one it called is
   *     not, and with NO_LEADER if there is none to call
   * @param timeout how long a call is repeated
   */
  public LeaderCall(L local, L remote, Consensus consensus, Scheduler scheduler, Duration timeout) {
    this.local = local;
    this.remote = remote;
    this.consensus = consensus;
    this.scheduler = scheduler;
    this.timeoutNanos = timeout.toNanos();
  }

  /**
   * Calls what may be done twice. Fails as the leader does; with TIMEOUT if it could not be called
   * in time, with NO_LEADER if there was none.
   */
  <T> CompletableFuture<T> query(Function<L, CompletableFuture<T>> call) {
    return query(call, call);
  }

  /** As {@link #query(Function)}, with another call for the leader over the network. */
  <T> CompletableFuture<T> query(
      Function<L, CompletableFuture<T>> localCall, Function<L, CompletableFuture<T>> remoteCall) {
    return call(new Call<>(localCall, remoteCall, UNANSWERED), deadline())
        .exceptionallyCompose(
            failure ->
                CompletableFuture.failedFuture(
                    codeOf(failure) == ErrorCode.TIMEOUT ? lateness() : failure));
  }

  /** Why a call was not answered in time. */
  private RequestException lateness() {
    return new RequestException(
        consensus.status().hasLeader() ? ErrorCode.TIMEOUT : ErrorCode.NO_LEADER);
  }

  /**
   * Calls what must be done at most once: NOT_LEADER and NO_LEADER must mean that it was not done.
   * Fails as {@link #query(Function)}, and with TIMEOUT_CONNECTION_LOST if that is unknown.
   */
  <T> CompletableFuture<T> command(Function<L, CompletableFuture<T>> call) {
    return call(new Call<>(call, call, NOT_DONE), deadline());
  }

  /**
   * One call, locally and over the network.
   *
   * @param repeatable the failures after which it may be repeated
   */
  private record Call<L, T>(
      Function<L, CompletableFuture<T>> local,
      Function<L, CompletableFuture<T>> remote,
      Set<ErrorCode> repeatable) {

    boolean isRepeatableAfter(Throwable failure) {
      ErrorCode code = codeOf(failure);
      return code != null && repeatable.contains(code);
    }
  }

  private long deadline() {
    return scheduler.nanoTime() + timeoutNanos;
  }

  private <T> CompletableFuture<T> call(Call<L, T> call, long deadlineNanos) {
    return once(call)
        .exceptionallyCompose(
            failure ->
                call.isRepeatableAfter(failure)
                    ? callLater(call, deadlineNanos)
                    : CompletableFuture.failedFuture(failure));
  }

  private <T> CompletableFuture<T> once(Call<L, T> call) {
    return call.local()
        .apply(local)
        .exceptionallyCompose(
            failure ->
                codeOf(failure) == ErrorCode.NOT_LEADER
                    ? call.remote().apply(remote)
                    : CompletableFuture.failedFuture(failure));
  }

  private <T> CompletableFuture<T> callLater(Call<L, T> call, long deadlineNanos) {
    if (scheduler.nanoTime() + PAUSE.toNanos() - deadlineNanos >= 0) {
      return CompletableFuture.failedFuture(lateness());
    }
    CompletableFuture<Void> pause = new CompletableFuture<>();
    scheduler.runAfter(PAUSE, () -> pause.complete(null));
    return pause.thenCompose(passed -> call(call, deadlineNanos));
  }

  private static @Nullable ErrorCode codeOf(Throwable failure) {
    return Futures.cause(failure) instanceof RequestException refusal ? refusal.code() : null;
  }
}
