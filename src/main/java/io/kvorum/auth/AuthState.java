package io.kvorum.auth;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyRange;
import io.kvorum.model.Principal;
import io.kvorum.model.RequestException;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Users, roles and rights at one position of the log, and the decisions that follow from them: the
 * same on every member. Immutable.
 *
 * <p>Held by: AuthTableTest.
 */
public final class AuthState {
  /** That of a store that has just been made. */
  static final long FIRST_REVISION = 1;

  static final AuthState INITIAL =
      new AuthState(false, FIRST_REVISION, new TreeMap<>(), new TreeMap<>(), Map.of());

  private final boolean isEnabled;
  private final long revision;
  private final SortedMap<String, AuthUser> users;
  private final SortedMap<String, AuthRole> roles;
  private final Map<String, Rights> rights;

  /**
   * @param rights of every user, looked up by name
   */
  private AuthState(
      boolean isEnabled,
      long revision,
      SortedMap<String, AuthUser> users,
      SortedMap<String, AuthRole> roles,
      Map<String, Rights> rights) {
    this.isEnabled = isEnabled;
    this.revision = revision;
    this.users = users;
    this.roles = roles;
    this.rights = rights;
  }

  public boolean isEnabled() {
    return isEnabled;
  }

  /** Counts the changes; at least 1. */
  public long revision() {
    return revision;
  }

  /** By their names, in the order of the names' bytes. */
  public SortedMap<String, AuthUser> users() {
    return Collections.unmodifiableSortedMap(users);
  }

  /** As {@link #users}. */
  public SortedMap<String, AuthRole> roles() {
    return Collections.unmodifiableSortedMap(roles);
  }

  public @Nullable AuthUser user(String name) {
    return users.get(name);
  }

  public @Nullable AuthRole role(String name) {
    return roles.get(name);
  }

  /**
   * Checks that a caller may do something with every key of a range, whether or not the key exists.
   *
   * @throws RequestException USER_EMPTY, AUTH_REVISION_OLD or PERMISSION_DENIED
   */
  public void require(Principal principal, Right right, KeyRange range) {
    if (!isEnabled || principal.isMember()) {
      return;
    }
    if (principal.authRevision() == 0) {
      throw new RequestException(ErrorCode.USER_EMPTY);
    }
    if (principal.authRevision() < revision) {
      throw new RequestException(ErrorCode.AUTH_REVISION_OLD);
    }
    Rights allowed = rights.get(principal.user());
    if (allowed == null || !allowed.allow(right, range)) {
      throw new RequestException(ErrorCode.PERMISSION_DENIED);
    }
  }

  /**
   * Checks that what {@link #require} allowed a caller before a read still held after it.
   *
   * @throws RequestException AUTH_REVISION_OLD
   */
  public void requireUnchanged(Principal principal) {
    if (principal.authRevision() > 0 && principal.authRevision() != revision) {
      throw new RequestException(ErrorCode.AUTH_REVISION_OLD);
    }
  }

  /**
   * Checks that a caller shows who it is; whether the user exists does not matter.
   *
   * @throws RequestException USER_EMPTY
   */
  public void requireUser(Principal principal) {
    if (isEnabled && principal.isNobody()) {
      throw new RequestException(ErrorCode.USER_EMPTY);
    }
  }

  /**
   * Checks that a caller may do everything. The revision of its token does not matter.
   *
   * @throws RequestException USER_EMPTY, USER_NOT_FOUND or PERMISSION_DENIED
   */
  public void requireRoot(Principal principal) {
    if (!isEnabled || principal.isMember()) {
      return;
    }
    if (principal.user().isEmpty()) {
      throw new RequestException(ErrorCode.USER_EMPTY);
    }
    Rights allowed = rights.get(principal.user());
    if (allowed == null) {
      throw new RequestException(ErrorCode.USER_NOT_FOUND);
    }
    if (!allowed.isRoot()) {
      throw new RequestException(ErrorCode.PERMISSION_DENIED);
    }
  }

  /** Whether a caller may do everything, apart from the revision of its token. */
  public boolean allowsEverything(Principal principal) {
    Rights allowed = rights.get(principal.user());
    return principal.isMember() || (allowed != null && allowed.isRoot());
  }

  /** Checks that a caller may do everything, or is that user; fails as {@link #requireRoot}. */
  public void requireRootOrSelf(Principal principal, String user) {
    if (user.isEmpty() || !principal.user().equals(user)) {
      requireRoot(principal);
    }
  }

  /** Checks that a caller may do everything, or has that role; fails as {@link #requireRoot}. */
  public void requireRootOrRole(Principal principal, String role) {
    AuthUser user = users.get(principal.user());
    if (user == null || !user.roles().contains(role)) {
      requireRoot(principal);
    }
  }

  Changes change() {
    return new Changes(this);
  }

  /** Makes the state after some changes. Used once, by one thread. */
  static final class Changes {
    private final SortedMap<String, AuthUser> users = new TreeMap<>(Names.ORDER);
    private final SortedMap<String, AuthRole> roles = new TreeMap<>(Names.ORDER);
    private final Map<String, Rights> rights = new HashMap<>();
    private boolean isEnabled;
    private long revision;

    private Changes(AuthState before) {
      users.putAll(before.users);
      roles.putAll(before.roles);
      rights.putAll(before.rights);
      isEnabled = before.isEnabled;
      revision = before.revision;
    }

    Changes enabled(boolean enabled) {
      isEnabled = enabled;
      return this;
    }

    Changes revision(long next) {
      revision = next;
      return this;
    }

    Changes put(AuthUser user) {
      users.put(user.name(), user);
      rights.put(user.name(), Rights.of(user, roles));
      return this;
    }

    Changes removeUser(String name) {
      users.remove(name);
      rights.remove(name);
      return this;
    }

    Changes put(AuthRole role) {
      roles.put(role.name(), role);
      return mergeAgain(role.name());
    }

    Changes removeRole(String name) {
      roles.remove(name);
      return mergeAgain(name);
    }

    private Changes mergeAgain(String role) {
      for (AuthUser user : users.values()) {
        if (user.roles().contains(role)) {
          rights.put(user.name(), Rights.of(user, roles));
        }
      }
      return this;
    }

    AuthState state() {
      return new AuthState(isEnabled, revision, users, roles, rights);
    }
  }
}
