package io.kvorum.service;

import io.kvorum.auth.AuthRole;
import io.kvorum.auth.AuthState;
import io.kvorum.auth.AuthUser;
import io.kvorum.auth.Passwords;
import io.kvorum.auth.Tokens;
import io.kvorum.consensus.Consensus;
import io.kvorum.model.AuthCommand;
import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.Permission;
import io.kvorum.model.Principal;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.support.Futures;
import io.kvorum.support.Log;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Serves etcd's Auth service. What changes anything is proposed, with whom it is proposed for, and
 * decided where it is applied; what is read comes from this member's state, behind a read barrier.
 * Thread-safe; nothing blocks the caller; fails as {@link KvService}.
 *
 * <p>Held by: AuthServiceTest, AuthSwitchIT, AuthUsersIT, AuthRolesIT.
 */
public final class AuthService {
  private static final Log LOG = Log.of(AuthService.class);

  /** The longest name of a user or a role, in bytes: what the place of its fact has room for. */
  private static final int MAX_NAME_BYTES = 500;

  private static final Pattern LINE_ENDS = Pattern.compile("[\\r\\n]");

  /** So many characters of base64 stand for whole bytes. */
  private static final int BASE64_GROUP = 4;

  /** How often a login begins again because users or roles were changed meanwhile. */
  private static final int LOGIN_ATTEMPTS = 10;

  private final Access access;
  private final Consensus consensus;
  private final Proposals proposals;
  private final Passwords passwords;
  private final Tokens tokens;

  AuthService(
      Access access, Consensus consensus, Proposals proposals, Passwords passwords, Tokens tokens) {
    this.access = access;
    this.consensus = consensus;
    this.proposals = proposals;
    this.passwords = passwords;
    this.tokens = tokens;
  }

  /** The same service for others than the member itself. */
  AuthService onBehalfOf(Access theirs) {
    return new AuthService(theirs, consensus, proposals, passwords, tokens);
  }

  /** Counts the changes of users and roles. */
  public long revision() {
    return access.state().revision();
  }

  /** Fails with ROOT_USER_NOT_FOUND or ROOT_ROLE_NOT_GRANTED. */
  public CompletableFuture<Result.AuthChange> enable() {
    boolean wasEnabled = access.state().isEnabled();
    return logged(
        propose(new AuthCommand.Enable()),
        wasEnabled ? "authentication was enabled already" : "authentication is enabled");
  }

  public CompletableFuture<Result.AuthChange> disable() {
    boolean wasEnabled = access.state().isEnabled();
    return logged(
        propose(new AuthCommand.Disable()),
        wasEnabled ? "authentication is disabled" : "authentication was disabled already");
  }

  private static CompletableFuture<Result.AuthChange> logged(
      CompletableFuture<Result.AuthChange> change, String line) {
    return change.thenApply(
        done -> {
          LOG.info(line);
          return done;
        });
  }

  /** Whether auth is on, and its revision; for everybody. */
  public CompletableFuture<AuthState> status() {
    return read((state, caller) -> state);
  }

  /**
   * Gives a user a token.
   *
   * @return fails with AUTH_NOT_ENABLED, AUTH_FAILED, NO_PASSWORD_USER, VERIFY_ONLY or
   *     TOO_MANY_REQUESTS
   */
  public CompletableFuture<String> authenticate(String name, String password) {
    return consensus.readIndex().thenCompose(confirmed -> login(name, password, LOGIN_ATTEMPTS));
  }

  private CompletableFuture<String> login(String name, String password, int attempts) {
    AuthState state = access.state();
    if (!state.isEnabled()) {
      throw new RequestException(ErrorCode.AUTH_NOT_ENABLED);
    }
    AuthUser user = state.user(name);
    if (user == null) {
      throw new RequestException(ErrorCode.AUTH_FAILED);
    }
    if (user.hasNoPassword()) {
      throw new RequestException(ErrorCode.NO_PASSWORD_USER);
    }
    return passwords
        .matches(password, user.passwordHash(), access.address())
        .thenCompose(
            matches -> {
              if (!matches) {
                throw new RequestException(ErrorCode.AUTH_FAILED);
              }
              return token(name, state.revision());
            })
        .exceptionallyCompose(
            failure ->
                attempts > 1 && isOfAnotherState(failure)
                    ? login(name, password, attempts - 1)
                    : CompletableFuture.failedFuture(failure));
  }

  private static boolean isOfAnotherState(Throwable failure) {
    return Futures.cause(failure) instanceof RequestException refusal
        && refusal.code() == ErrorCode.AUTH_REVISION_OLD;
  }

  private CompletableFuture<String> token(String user, long authRevision) {
    if (tokens.issuer() instanceof Tokens.BySignature signing) {
      if (access.state().revision() != authRevision) {
        throw new RequestException(ErrorCode.AUTH_REVISION_OLD);
      }
      return CompletableFuture.completedFuture(signing.sign(user, authRevision));
    }
    Tokens.ByLog granting = (Tokens.ByLog) tokens.issuer();
    String letters = granting.draw();
    return proposals
        .propose(
            new AuthCommand.GrantToken(user, authRevision, granting.hashOf(letters)),
            Result.TokenGrant.class)
        .thenApply(granted -> granting.token(letters, granted.index()));
  }

  /**
   * Adds a user.
   *
   * @param hasNoPassword whether the user comes in by a certificate or a token made elsewhere, and
   *     the password is ignored
   */
  public CompletableFuture<Result.AuthChange> addUser(
      String name, String password, boolean hasNoPassword) {
    checkName(name);
    return hasNoPassword
        ? propose(new AuthCommand.AddUser(name, Bytes.EMPTY, true))
        : hashed(password).thenCompose(hash -> propose(new AuthCommand.AddUser(name, hash, false)));
  }

  public CompletableFuture<Result.AuthChange> deleteUser(String name) {
    return propose(new AuthCommand.DeleteUser(name));
  }

  /**
   * Replaces the password of a user.
   *
   * @param password empty to store the hash
   * @param hash the text of a bcrypt hash in base64; ignored beside a password
   */
  public CompletableFuture<Result.AuthChange> changePassword(
      String name, String password, String hash) {
    return password.isEmpty()
        ? storedHash(name, hash)
            .thenCompose(stored -> propose(new AuthCommand.ChangePassword(name, stored)))
        : hashed(password).thenCompose(made -> propose(new AuthCommand.ChangePassword(name, made)));
  }

  /** Only for callers that may change users: others must not make this member hash. */
  private CompletableFuture<Bytes> hashed(String password) {
    return access
        .require(Access.Need.ROOT_OF_CLUSTER)
        .thenCompose(allowed -> passwords.hash(password, access.address()));
  }

  /** As in etcd, the user is looked up before its hash is checked. */
  private CompletableFuture<Bytes> storedHash(String name, String hash) {
    try {
      return CompletableFuture.completedFuture(decoded(hash));
    } catch (IllegalArgumentException notBase64) {
      return read(
          (state, caller) -> {
            state.requireRoot(caller);
            AuthUser user = state.user(name);
            if (user == null) {
              throw new RequestException(ErrorCode.USER_NOT_FOUND);
            }
            if (user.hasNoPassword()) {
              return Bytes.EMPTY;
            }
            throw new RequestException(ErrorCode.NO_PASSWORD_USER);
          });
    }
  }

  /** As Go decodes it: lines may end in it, and it is padded. */
  private static Bytes decoded(String base64) {
    String padded = LINE_ENDS.matcher(base64).replaceAll("");
    if (padded.length() % BASE64_GROUP != 0) {
      throw new IllegalArgumentException("it is not padded");
    }
    return Bytes.wrap(Base64.getDecoder().decode(padded));
  }

  /** A user; for root, and for the user itself. */
  public CompletableFuture<AuthUser> user(String name) {
    return read(
        (state, caller) -> {
          state.requireRootOrSelf(caller, name);
          AuthUser user = state.user(name);
          if (user == null) {
            throw new RequestException(ErrorCode.USER_NOT_FOUND);
          }
          return user;
        });
  }

  /** The names of all users, sorted; for root. */
  public CompletableFuture<List<String>> users() {
    return read(
        (state, caller) -> {
          state.requireRoot(caller);
          return List.copyOf(state.users().keySet());
        });
  }

  public CompletableFuture<Result.AuthChange> grantRole(String user, String role) {
    return propose(new AuthCommand.GrantRole(user, role));
  }

  public CompletableFuture<Result.AuthChange> revokeRole(String user, String role) {
    return propose(new AuthCommand.RevokeRole(user, role));
  }

  public CompletableFuture<Result.AuthChange> addRole(String name) {
    checkName(name);
    return propose(new AuthCommand.AddRole(name));
  }

  public CompletableFuture<Result.AuthChange> deleteRole(String name) {
    return propose(new AuthCommand.DeleteRole(name));
  }

  /** A role; for root, and for users who have it. */
  public CompletableFuture<AuthRole> role(String name) {
    return read(
        (state, caller) -> {
          state.requireRootOrRole(caller, name);
          AuthRole role = state.role(name);
          if (role == null) {
            throw new RequestException(ErrorCode.ROLE_NOT_FOUND);
          }
          return role;
        });
  }

  /** The names of all roles, sorted; for root. */
  public CompletableFuture<List<String>> roles() {
    return read(
        (state, caller) -> {
          state.requireRoot(caller);
          return List.copyOf(state.roles().keySet());
        });
  }

  /**
   * @param permission null if the request has none
   */
  public CompletableFuture<Result.AuthChange> grantPermission(
      String role, @Nullable Permission permission) {
    return propose(new AuthCommand.GrantPermission(role, permission));
  }

  public CompletableFuture<Result.AuthChange> revokePermission(
      String role, Bytes key, Bytes rangeEnd) {
    return propose(new AuthCommand.RevokePermission(role, key, rangeEnd));
  }

  private static void checkName(String name) {
    if (name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
      throw new RequestException(ErrorCode.REQUEST_TOO_LARGE);
    }
  }

  private CompletableFuture<Result.AuthChange> propose(AuthCommand command) {
    return access.with(
        caller -> proposals.propose(access.stamped(command, caller), Result.AuthChange.class));
  }

  private <R> CompletableFuture<R> read(BiFunction<AuthState, Principal, R> reading) {
    return access.with(
        caller ->
            consensus.readIndex().thenApply(confirmed -> reading.apply(access.state(), caller)));
  }
}
