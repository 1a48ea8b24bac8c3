package io.kvorum.service;

import io.kvorum.support.MemoryBudget.Hold;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Leads the calls of clients to one service. The faces hold entrances instead of services: a call
 * reaches its service only with its caller and its decoded request, and only once the {@link
 * Admission} has agreed. The member's own calls go to the services directly. Thread-safe.
 *
 * <p>Held by: EntranceTest, ArchitectureTest.
 *
 * @param <S> the service, or what it opens
 */
public final class Entrance<S> {
  private final Admission admission;
  private final Access access;
  private final Function<Access, S> services;

  /** The service while auth is off: it is the same for all callers. */
  private final S forNobody;

  /**
   * @param access of the member itself
   * @param services the service as it acts on behalf of somebody
   */
  Entrance(Admission admission, Access access, Function<Access, S> services) {
    this.admission = admission;
    this.access = access;
    this.services = services;
    this.forNobody = services.apply(access.ofNobody());
  }

  /**
   * Serves a call.
   *
   * @param <S> the service
   * @param <Q> the request
   * @param <R> the result
   */
  @FunctionalInterface
  public interface Use<S, Q, R> {
    /**
     * @param hold what the call has taken of the memory budget
     */
    CompletableFuture<R> apply(S service, Q request, Hold hold);
  }

  /**
   * Has the service serve a call with one answer.
   *
   * @return fails with {@link io.kvorum.model.RequestException}, which may also be thrown, if the
   *     call is refused, and as the service does
   */
  public <Q, R> CompletableFuture<R> call(Caller caller, Q request, Hold hold, Use<S, Q, R> use) {
    admission.check(caller, request);
    if (!access.isEnabled()) {
      return use.apply(forNobody, request, hold);
    }
    Access theirs = access.of(caller);
    return theirs
        .require(admission.need(request))
        .thenCompose(allowed -> use.apply(services.apply(theirs), request, hold));
  }

  /** The same for a call whose request and result are small. */
  public <Q, R> CompletableFuture<R> call(
      Caller caller, Q request, BiFunction<S, Q, CompletableFuture<R>> use) {
    admission.check(caller, request);
    if (!access.isEnabled()) {
      return use.apply(forNobody, request);
    }
    Access theirs = access.of(caller);
    return theirs
        .require(admission.need(request))
        .thenCompose(allowed -> use.apply(services.apply(theirs), request));
  }

  /**
   * The service, for one request of a call that stays open.
   *
   * @throws io.kvorum.model.RequestException if the request is refused
   */
  public S admit(Caller caller, Object request) {
    admission.check(caller, request);
    if (!access.isEnabled()) {
      return forNobody;
    }
    Access theirs = access.of(caller);
    theirs.requireNow(admission.need(request));
    return services.apply(theirs);
  }

  /** The entrance to what the service opens, or to a part of it. */
  public <T> Entrance<T> to(Function<S, T> part) {
    return new Entrance<>(admission, access, services.andThen(part));
  }
}
