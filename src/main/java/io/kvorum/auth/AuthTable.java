package io.kvorum.auth;

import io.kvorum.model.AuthCommand;
import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.FactSink;
import io.kvorum.model.Permission;
import io.kvorum.model.Principal;
import io.kvorum.model.RequestException;
import java.util.List;
import java.util.Map;

/**
 * Holds the auth state, which is replicated. The applier changes it on the Raft thread, each time
 * with one volatile write of the state after it; any thread reads. Each user, each role, the
 * revision and whether auth is on are facts in the revision history.
 *
 * <p>Whether the caller may ask comes first, and then what is wrong with the request, in the order
 * in which etcd finds it. A command that is rejected has changed nothing.
 *
 * <p>Held by: AuthTableTest.
 */
public final class AuthTable implements AuthView {
  private final AuthListener listener;
  private volatile AuthState state = AuthState.INITIAL;

  public AuthTable(AuthListener listener) {
    this.listener = listener;
  }

  @Override
  public AuthState state() {
    return state;
  }

  /**
   * Replaces the content by what was found on disk, or in a snapshot from another member. Which
   * tokens were revoked before that is not known, so that none counts any more.
   */
  public void restore(Map<String, Bytes> facts) {
    state = AuthFacts.read(facts);
    listener.allTokensRevoked();
  }

  /**
   * Applies a command.
   *
   * @param principal on whose behalf
   * @param index of the entry that it stands in
   * @throws RequestException if it is rejected
   */
  public void apply(AuthCommand command, Principal principal, long index, FactSink facts) {
    if (!(command instanceof AuthCommand.GrantToken)) {
      state.requireRoot(principal);
    }
    state = command.accept(new Change(state, index, facts));
  }

  /** Makes the state after one command. */
  private final class Change implements AuthCommand.Visitor<AuthState> {
    private final AuthState before;
    private final AuthState.Changes after;
    private final long index;
    private final FactSink facts;

    Change(AuthState before, long index, FactSink facts) {
      this.before = before;
      this.after = before.change();
      this.index = index;
      this.facts = facts;
    }

    @Override
    public AuthState enable(AuthCommand.Enable enable) {
      if (before.isEnabled()) {
        return before;
      }
      AuthUser root = before.user(Names.ROOT);
      if (root == null) {
        throw new RequestException(ErrorCode.ROOT_USER_NOT_FOUND);
      }
      if (!root.roles().contains(Names.ROOT)) {
        throw new RequestException(ErrorCode.ROOT_ROLE_NOT_GRANTED);
      }
      AuthFacts.putEnabled(true, facts);
      AuthFacts.putRevision(before.revision(), facts);
      listener.allTokensRevoked();
      return after.enabled(true).state();
    }

    @Override
    public AuthState disable(AuthCommand.Disable disable) {
      if (!before.isEnabled()) {
        return before;
      }
      AuthFacts.putEnabled(false, facts);
      listener.allTokensRevoked();
      after.enabled(false);
      return changed();
    }

    @Override
    public AuthState grantToken(AuthCommand.GrantToken grant) {
      if (!before.isEnabled()) {
        throw new RequestException(ErrorCode.AUTH_NOT_ENABLED);
      }
      if (grant.authRevision() != before.revision()) {
        throw new RequestException(ErrorCode.AUTH_REVISION_OLD);
      }
      listener.tokenGranted(grant.user(), grant.tokenHash(), index);
      return before;
    }

    @Override
    public AuthState addUser(AuthCommand.AddUser add) {
      if (add.name().isEmpty()) {
        throw new RequestException(ErrorCode.USER_EMPTY);
      }
      if (before.user(add.name()) != null) {
        throw new RequestException(ErrorCode.USER_EXISTS);
      }
      return put(new AuthUser(add.name(), add.passwordHash(), List.of(), add.hasNoPassword()));
    }

    @Override
    public AuthState deleteUser(AuthCommand.DeleteUser delete) {
      if (before.isEnabled() && delete.name().equals(Names.ROOT)) {
        throw new RequestException(ErrorCode.INVALID_AUTH_MANAGEMENT);
      }
      AuthUser user = existingUser(delete.name());
      after.removeUser(user.name());
      AuthFacts.removeUser(user.name(), facts);
      listener.tokensRevoked(user.name());
      return changed();
    }

    @Override
    public AuthState changePassword(AuthCommand.ChangePassword change) {
      AuthUser user = existingUser(change.name());
      listener.tokensRevoked(user.name());
      return put(user.hasNoPassword() ? user : user.withPasswordHash(change.passwordHash()));
    }

    @Override
    public AuthState grantRole(AuthCommand.GrantRole grant) {
      AuthUser user = existingUser(grant.user());
      if (!grant.role().equals(Names.ROOT)) {
        existingRole(grant.role());
      }
      return user.roles().contains(grant.role()) ? before : put(user.withRole(grant.role()));
    }

    @Override
    public AuthState revokeRole(AuthCommand.RevokeRole revoke) {
      if (before.isEnabled()
          && revoke.user().equals(Names.ROOT)
          && revoke.role().equals(Names.ROOT)) {
        throw new RequestException(ErrorCode.INVALID_AUTH_MANAGEMENT);
      }
      AuthUser user = existingUser(revoke.user());
      if (!user.roles().contains(revoke.role())) {
        throw new RequestException(ErrorCode.ROLE_NOT_GRANTED);
      }
      return put(user.withoutRole(revoke.role()));
    }

    @Override
    public AuthState addRole(AuthCommand.AddRole add) {
      if (add.name().isEmpty()) {
        throw new RequestException(ErrorCode.ROLE_EMPTY);
      }
      if (before.role(add.name()) != null) {
        throw new RequestException(ErrorCode.ROLE_EXISTS);
      }
      return put(new AuthRole(add.name(), List.of()));
    }

    @Override
    public AuthState deleteRole(AuthCommand.DeleteRole delete) {
      if (before.isEnabled() && delete.name().equals(Names.ROOT)) {
        throw new RequestException(ErrorCode.INVALID_AUTH_MANAGEMENT);
      }
      AuthRole role = existingRole(delete.name());
      after.removeRole(role.name());
      AuthFacts.removeRole(role.name(), facts);
      for (AuthUser user : before.users().values()) {
        if (user.roles().contains(role.name())) {
          AuthUser without = user.withoutRole(role.name());
          after.put(without);
          AuthFacts.put(without, facts);
        }
      }
      return changed();
    }

    @Override
    public AuthState grantPermission(AuthCommand.GrantPermission grant) {
      Permission permission = grant.permission();
      if (permission == null) {
        throw new RequestException(ErrorCode.PERMISSION_NOT_GIVEN);
      }
      if (permission.key().isEmpty() || permission.range().isEmpty()) {
        throw new RequestException(ErrorCode.INVALID_AUTH_MANAGEMENT);
      }
      return put(existingRole(grant.role()).with(permission));
    }

    @Override
    public AuthState revokePermission(AuthCommand.RevokePermission revoke) {
      AuthRole role = existingRole(revoke.role());
      AuthRole without = role.without(revoke.key(), revoke.rangeEnd());
      if (without.permissions().size() == role.permissions().size()) {
        throw new RequestException(ErrorCode.PERMISSION_NOT_GRANTED);
      }
      return put(without);
    }

    private AuthUser existingUser(String name) {
      AuthUser user = before.user(name);
      if (user == null) {
        throw new RequestException(ErrorCode.USER_NOT_FOUND);
      }
      return user;
    }

    private AuthRole existingRole(String name) {
      AuthRole role = before.role(name);
      if (role == null) {
        throw new RequestException(ErrorCode.ROLE_NOT_FOUND);
      }
      return role;
    }

    private AuthState put(AuthUser user) {
      after.put(user);
      AuthFacts.put(user, facts);
      return changed();
    }

    private AuthState put(AuthRole role) {
      after.put(role);
      AuthFacts.put(role, facts);
      return changed();
    }

    private AuthState changed() {
      long revision = before.revision() + 1;
      AuthFacts.putRevision(revision, facts);
      return after.revision(revision).state();
    }
  }
}
