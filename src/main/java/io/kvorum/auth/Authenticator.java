package io.kvorum.auth;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.Principal;
import io.kvorum.model.RequestException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who makes a request. Thread-safe; nothing blocks.
 *
 * <p>A token beats a certificate, even a bad one. A simple token may have been granted by an entry
 * that this member has not applied yet: it is looked for again once this member has all that was
 * committed when it was shown. etcd waits for the index in the token, for as long as its client
 * does; an index that there will never be keeps nobody waiting here.
 *
 * <p>Held by: AuthenticatorTest.
 */
public final class Authenticator {
  private static final CompletableFuture<Void> RECOGNIZED = CompletableFuture.completedFuture(null);
  private static final CompletableFuture<Principal> NOBODY =
      CompletableFuture.completedFuture(Principal.NOBODY);

  private final AuthView auth;
  private final Tokens tokens;
  private final LogPosition log;

  /** Where this member is in the log. */
  public interface LogPosition {
    long appliedIndex();

    /** Completes when this member has applied what is committed now. */
    CompletableFuture<Void> catchUp();
  }

  public Authenticator(AuthView auth, Tokens tokens, LogPosition log) {
    this.auth = auth;
    this.tokens = tokens;
    this.log = log;
  }

  /** Whether it matters who makes a request. */
  public boolean isEnabled() {
    return auth.state().isEnabled();
  }

  /**
   * Who makes a request: anybody, without a look at what it shows, while auth is off.
   *
   * @param address of who makes it
   * @return fails with INVALID_AUTH_TOKEN, with TOO_MANY_REQUESTS, or as a read barrier
   */
  public CompletableFuture<Principal> identify(Credentials credentials, Object address) {
    Principal known = knownNow(credentials);
    if (known != null) {
      return known.isNobody() ? NOBODY : CompletableFuture.completedFuture(known);
    }
    Token token = Objects.requireNonNull(credentials.token());
    long index = tokens.indexOf(token);
    if (index == 0) {
      return tokens.verify(token, address);
    }
    // Looked for again behind this, for the entry may have been applied since the first look.
    long applied = log.appliedIndex();
    Principal since = knownNow(credentials);
    if (since != null) {
      return CompletableFuture.completedFuture(since);
    }
    if (index <= applied) {
      return CompletableFuture.failedFuture(invalid());
    }
    return log.catchUp().thenApply(caughtUp -> known(knownNow(credentials)));
  }

  /**
   * Completes, and never fails, once {@link #knownNow} tells who makes a request if anybody can:
   * before that a call that must know at once would be refused.
   */
  public CompletableFuture<Void> recognize(Credentials credentials, Object address) {
    CompletableFuture<Principal> identity = identify(credentials, address);
    return identity.isDone() ? RECOGNIZED : identity.handle((known, refusal) -> null);
  }

  /** Completes when this member has applied what is committed now. */
  public CompletableFuture<Void> catchUp() {
    return log.catchUp();
  }

  /** The same, if it is known without waiting; null if it is not, or if the token is not valid. */
  public @Nullable Principal knownNow(Credentials credentials) {
    AuthState state = auth.state();
    if (!state.isEnabled()) {
      return Principal.NOBODY;
    }
    Token token = credentials.token();
    if (token != null) {
      return tokens.find(token, state);
    }
    String name = credentials.certificateName();
    return name == null ? Principal.NOBODY : new Principal(name, state.revision());
  }

  private static Principal known(@Nullable Principal principal) {
    if (principal == null) {
      throw invalid();
    }
    return principal;
  }

  private static RequestException invalid() {
    return new RequestException(ErrorCode.INVALID_AUTH_TOKEN);
  }
}
