package io.kvorum.service;

import io.kvorum.apply.AccessCheck;
import io.kvorum.auth.AuthState;
import io.kvorum.auth.AuthView;
import io.kvorum.auth.Authenticator;
import io.kvorum.auth.Credentials;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.Principal;
import io.kvorum.model.RequestException;
import io.kvorum.support.Futures;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Stands for the one on whose behalf a service acts: finds out who it is, each time anew, and
 * checks what it may do, as far as that is not decided when a command is applied. While auth is off
 * everybody may do everything, at no cost. Immutable; thread-safe; nothing blocks.
 *
 * <p>Futures fail with INVALID_AUTH_TOKEN, USER_EMPTY, USER_NOT_FOUND, AUTH_REVISION_OLD or
 * PERMISSION_DENIED, and with what a read barrier fails with.
 *
 * <p>Held by: AuthKeysIT, AuthTokensIT, AuthMaintenanceIT.
 */
public final class Access {
  private static final CompletableFuture<Principal> MEMBER =
      CompletableFuture.completedFuture(Principal.MEMBER);
  private static final CompletableFuture<Void> ALLOWED = CompletableFuture.completedFuture(null);
  private static final Object UNKNOWN_ADDRESS = "unknown";

  /** What a call needs that is not decided by the keys that it names. */
  public enum Need {
    /** The service decides. */
    NOTHING,
    /** Any user. */
    USER,
    /** The role root, by what this member knows: for what concerns this member alone. */
    ROOT,
    /**
     * The role root, by what is committed when the call arrives: for what is proposed without a
     * stamp, and so is not decided where it is applied.
     */
    ROOT_OF_CLUSTER
  }

  private final AuthView auth;
  private final Authenticator authenticator;
  private final AccessCheck check;
  private final boolean certificatesNameUsers;

  /** What the caller shows; null for the member itself. */
  private final @Nullable Credentials credentials;

  private final Object address;

  /**
   * Of the member itself.
   *
   * @param certificatesNameUsers whether the common name of a client's certificate is a user
   */
  Access(
      AuthView auth,
      Authenticator authenticator,
      AccessCheck check,
      boolean certificatesNameUsers) {
    this(auth, authenticator, check, certificatesNameUsers, null, UNKNOWN_ADDRESS);
  }

  private Access(
      AuthView auth,
      Authenticator authenticator,
      AccessCheck check,
      boolean certificatesNameUsers,
      @Nullable Credentials credentials,
      Object address) {
    this.auth = auth;
    this.authenticator = authenticator;
    this.check = check;
    this.certificatesNameUsers = certificatesNameUsers;
    this.credentials = credentials;
    this.address = address;
  }

  /** Of a client. */
  Access of(Caller caller) {
    return new Access(
        auth, authenticator, check, certificatesNameUsers, credentialsOf(caller), caller.address());
  }

  private Credentials credentialsOf(Caller caller) {
    return new Credentials(caller.token(), certificateName(caller));
  }

  /**
   * Completes, and never fails, once it is known at once who a client is, if it is anybody: when
   * its token has been verified, or this member has applied the entry that grants it.
   */
  CompletableFuture<Void> recognize(Caller caller) {
    return isEnabled() && caller.token() != null
        ? authenticator.recognize(credentialsOf(caller), caller.address())
        : ALLOWED;
  }

  /**
   * The user that a client is, for the audit log; empty if it is none, or not known at once. While
   * auth is off, the common name of its certificate.
   */
  String userOf(Caller caller) {
    if (!isEnabled()) {
      return Objects.requireNonNullElse(caller.commonName(), "");
    }
    Principal known = authenticator.knownNow(credentialsOf(caller));
    return known == null ? "" : known.user();
  }

  /**
   * Whether a client may see the inside of this member: root, or, while auth is off, one that has
   * shown a certificate. Does not fail.
   */
  CompletableFuture<Boolean> administers(Caller caller) {
    if (!isEnabled()) {
      return CompletableFuture.completedFuture(caller.certificate() != null);
    }
    try {
      return of(caller).require(Need.ROOT).handle((allowed, refusal) -> refusal == null);
    } catch (RequestException refusal) {
      return CompletableFuture.completedFuture(false);
    }
  }

  /** Of a client that shows nothing. */
  Access ofNobody() {
    return new Access(
        auth, authenticator, check, certificatesNameUsers, Credentials.NONE, UNKNOWN_ADDRESS);
  }

  /** As in etcd, never over JSON. */
  private @Nullable String certificateName(Caller caller) {
    if (!certificatesNameUsers
        || caller.certificate() == null
        || caller.face() != Caller.Face.GRPC) {
      return null;
    }
    String name = caller.commonName();
    return name == null ? "" : name;
  }

  /** Whether the client's certificate names a user, and the API that it uses ignores that. */
  boolean ignoresCertificate(Caller caller) {
    return certificatesNameUsers
        && caller.face() == Caller.Face.JSON
        && caller.commonName() != null
        && isEnabled();
  }

  /** Whether it matters who asks. */
  boolean isEnabled() {
    return auth.state().isEnabled();
  }

  AuthState state() {
    return auth.state();
  }

  AccessCheck check() {
    return check;
  }

  /** Distinguishes those who may flood this member from all others. */
  Object address() {
    return address;
  }

  private CompletableFuture<Principal> principal() {
    return credentials == null ? MEMBER : authenticator.identify(credentials, address);
  }

  /** Does something once it is known who asks. */
  <R> CompletableFuture<R> with(Function<Principal, CompletableFuture<R>> next) {
    return Futures.then(principal(), next);
  }

  /** Does something if the caller may do it, by the state as it is now. */
  <R> CompletableFuture<R> checked(
      Consumer<Principal> permission, Supplier<CompletableFuture<R>> next) {
    return with(
        principal -> {
          permission.accept(principal);
          return next.get();
        });
  }

  /**
   * Does something that is decided where it is applied, if the caller may do it by what this member
   * knows, or else by all that is committed: a member that lags behind refuses nobody.
   */
  <R> CompletableFuture<R> foreseen(
      Consumer<Principal> permission, Function<Principal, CompletableFuture<R>> next) {
    return with(
        principal -> {
          try {
            state().requireUser(principal);
            permission.accept(principal);
          } catch (RequestException refusal) {
            return authenticator
                .catchUp()
                .thenCompose(
                    current ->
                        with(
                            known -> {
                              state().requireUser(known);
                              permission.accept(known);
                              return next.apply(known);
                            }));
          }
          return next.apply(principal);
        });
  }

  /** The same for what every user may ask for. */
  <R> CompletableFuture<R> foreseen(Function<Principal, CompletableFuture<R>> next) {
    return foreseen(user -> {}, next);
  }

  /** Reads if the caller may, and gives the result if the auth state is still the same then. */
  <R> CompletableFuture<R> read(
      Consumer<Principal> permission, Supplier<CompletableFuture<R>> reading) {
    return with(
        principal -> {
          permission.accept(principal);
          CompletableFuture<R> result = reading.get();
          if (principal.isMember() || principal.isNobody()) {
            return result;
          }
          return Futures.then(
              result,
              read -> {
                auth.state().requireUnchanged(principal);
                return result;
              });
        });
  }

  /** Completes if the caller has what a call needs. */
  CompletableFuture<Void> require(Need need) {
    if (need == Need.ROOT_OF_CLUSTER) {
      return credentials == null
          ? ALLOWED
          : authenticator.catchUp().thenCompose(current -> require(Need.ROOT));
    }
    return need == Need.NOTHING || !isEnabled()
        ? ALLOWED
        : checked(
            principal -> {
              if (need == Need.ROOT) {
                state().requireRoot(principal);
              } else {
                state().requireUser(principal);
              }
            },
            () -> ALLOWED);
  }

  /**
   * The same for a caller that is known at once.
   *
   * @throws RequestException if it has not; INVALID_AUTH_TOKEN also if this member would have to
   *     wait to know
   */
  void requireNow(Need need) {
    CompletableFuture<Void> allowed = require(need);
    if (!allowed.isDone()) {
      throw new RequestException(ErrorCode.INVALID_AUTH_TOKEN);
    }
    try {
      allowed.join();
    } catch (CompletionException refused) {
      if (Futures.cause(refused) instanceof RequestException reason) {
        throw reason;
      }
      throw refused;
    }
  }

  /** The command with whom it is proposed for, which is decided about where it is applied. */
  Command stamped(Command command, Principal principal) {
    return principal.isNobody() || !isEnabled() ? command : new Command.Stamped(principal, command);
  }
}
