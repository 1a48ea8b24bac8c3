package io.kvorum.service;

import io.kvorum.support.Futures;
import io.kvorum.support.MemoryBudget.Hold;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Leads the calls of clients to one service. The faces hold entrances instead of services: a call
 * reaches its service only with its caller and its decoded request, only once the {@link Admission}
 * has agreed, and not without the {@link Journal}. The member's own calls go to the services
 * directly. Thread-safe.
 *
 * <p>Held by: EntranceTest, ArchitectureTest.
 *
 * @param <S> the service, or what it opens
 */
public final class Entrance<S> {
  private final Admission admission;
  private final Journal journal;
  private final boolean namesUsers;
  private final Access access;
  private final Function<Access, S> services;

  /** The service while auth is off: it is the same for all callers. */
  private final S forNobody;

  /**
   * @param access of the member itself
   * @param services the service as it acts on behalf of somebody
   */
  Entrance(Admission admission, Journal journal, Access access, Function<Access, S> services) {
    this.admission = admission;
    this.journal = journal;
    this.namesUsers = journal.namesUsers();
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
    return noted(caller, request, service -> use.apply(service, request, hold));
  }

  /** The same for a call whose request and result are small. */
  public <Q, R> CompletableFuture<R> call(
      Caller caller, Q request, BiFunction<S, Q, CompletableFuture<R>> use) {
    return noted(caller, request, service -> use.apply(service, request));
  }

  /**
   * Completes, and never fails, once a client can be known at once, if it is anybody. What is asked
   * for at {@link #enter} or {@link #admit} before that may be refused for its token.
   */
  public CompletableFuture<Void> recognize(Caller caller) {
    return access.recognize(caller);
  }

  /** A journal may name the user of the call. */
  private <R> CompletableFuture<R> noted(
      Caller caller, Object request, Function<S, CompletableFuture<R>> use) {
    if (!namesUsers) {
      return journaled(caller, request, use);
    }
    return Futures.then(recognize(caller), known -> journaled(caller, request, use));
  }

  private <R> CompletableFuture<R> journaled(
      Caller caller, Object request, Function<S, CompletableFuture<R>> use) {
    Journal.Entry entry = journal.begin(caller, request, Journal.Kind.ANSWER);
    try (Journal.Scope inside = entry.enter()) {
      CompletableFuture<R> result = admitted(caller, request, use);
      if (entry != Journal.Entry.NONE) {
        result.whenComplete(entry::ended);
      }
      return result;
    } catch (RuntimeException refusal) {
      entry.ended(null, refusal);
      throw refusal;
    }
  }

  private <R> CompletableFuture<R> admitted(
      Caller caller, Object request, Function<S, CompletableFuture<R>> use) {
    admission.check(caller, request);
    Access.Need need = admission.need(request);
    if (need != Access.Need.ROOT_OF_CLUSTER && !access.isEnabled()) {
      return use.apply(forNobody);
    }
    Access theirs = access.of(caller);
    return Futures.then(theirs.require(need), allowed -> use.apply(services.apply(theirs)));
  }

  /** The same for a call that waits for its turn. */
  public <Q, R> Turn<R> turn(Caller caller, Q request, BiFunction<S, Q, Turn<R>> use) {
    Visit<S> visit = enter(caller, request, Journal.Kind.ANSWER);
    try {
      Turn<R> turn = use.apply(visit.service(), request);
      turn.result().whenComplete(visit::ended);
      return turn;
    } catch (RuntimeException failure) {
      visit.ended(null, failure);
      throw failure;
    }
  }

  /**
   * Admits a call whose end the face knows.
   *
   * @throws io.kvorum.model.RequestException if it is refused
   */
  public Visit<S> enter(Caller caller, Object request, Journal.Kind kind) {
    Journal.Entry entry = journal.begin(caller, request, kind);
    try {
      return new Visit<>(admit(caller, request), entry);
    } catch (RuntimeException refusal) {
      entry.ended(null, refusal);
      throw refusal;
    }
  }

  /**
   * The service, for one more request of a visit, which is not noted by itself.
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
    return new Entrance<>(admission, journal, access, services.andThen(part));
  }

  /**
   * One call at the service. Thread-safe.
   *
   * @param <S> the service
   */
  public static final class Visit<S> {
    private final S service;
    private final Journal.Entry entry;
    private final AtomicBoolean hasEnded = new AtomicBoolean();

    Visit(S service, Journal.Entry entry) {
      this.service = service;
      this.entry = entry;
    }

    public S service() {
      return service;
    }

    /** The call has ended; again does nothing. */
    public void ended(@Nullable Object result, @Nullable Throwable failure) {
      if (entry != Journal.Entry.NONE && hasEnded.compareAndSet(false, true)) {
        entry.ended(result, failure);
      }
    }
  }
}
