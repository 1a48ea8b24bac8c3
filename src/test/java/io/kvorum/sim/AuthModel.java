package io.kvorum.sim;

import io.kvorum.auth.AuthRole;
import io.kvorum.auth.AuthState;
import io.kvorum.auth.AuthUser;
import io.kvorum.model.AuthCommand;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.Compare;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyRange;
import io.kvorum.model.Permission;
import io.kvorum.model.Principal;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RequestException;
import io.kvorum.model.TxnOp;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Models users, roles and what they may do, as plainly as possible: rights are looked up in the
 * roles each time, and whether a range is covered is asked point by point.
 */
public final class AuthModel implements AuthCommand.Visitor<Boolean> {
  private static final String ROOT = "root";

  private record User(Bytes hash, boolean hasNoPassword, TreeSet<String> roles) {}

  private final Map<String, User> users = new HashMap<>();
  private final Map<String, Set<Permission>> roles = new HashMap<>();
  private boolean isEnabled;
  private long revision = 1;
  private long allowed;
  private long denied;

  boolean isEnabled() {
    return isEnabled;
  }

  long revision() {
    return revision;
  }

  boolean hasUser(String name) {
    return users.containsKey(name);
  }

  boolean hasRole(String name) {
    return roles.containsKey(name);
  }

  boolean hasRole(String user, String role) {
    return hasUser(user) && users.get(user).roles().contains(role);
  }

  /** How often a right that was granted decided, so that something was done. */
  long allowed() {
    return allowed;
  }

  /** How often a user who has rights lacked the one that was needed. */
  long denied() {
    return denied;
  }

  boolean isRoot(String name) {
    return hasUser(name) && users.get(name).roles().contains(ROOT);
  }

  /** Applies a command; one that is refused changes nothing. */
  void apply(AuthCommand command, Principal principal) {
    if (!(command instanceof AuthCommand.GrantToken)) {
      requireRoot(principal);
    }
    if (command.accept(this)) {
      revision++;
    }
  }

  private void requireRoot(Principal principal) {
    if (!isEnabled || principal.isMember()) {
      return;
    }
    refuse(principal.user().isEmpty(), ErrorCode.USER_EMPTY);
    refuse(!hasUser(principal.user()), ErrorCode.USER_NOT_FOUND);
    refuse(!isRoot(principal.user()), ErrorCode.PERMISSION_DENIED);
  }

  void requireUser(Principal principal) {
    refuse(isEnabled && principal.isNobody(), ErrorCode.USER_EMPTY);
  }

  void require(Principal principal, Command.Put put, Collection<Bytes> keysOfLease) {
    KeyRange key = KeyRange.single(put.key());
    require(principal, false, key);
    keysOfLease.forEach(attached -> require(principal, false, KeyRange.single(attached)));
    if (put.wantsPrevKv()) {
      require(principal, true, key);
    }
  }

  void require(Principal principal, Command.DeleteRange deleteRange) {
    require(principal, false, deleteRange.range());
    if (deleteRange.wantsPrevKvs()) {
      require(principal, true, deleteRange.range());
    }
  }

  /** Root may do it whatever the revision of its token. */
  void requireWrite(Principal principal, Collection<Bytes> keys) {
    if (isRoot(principal.user())) {
      return;
    }
    keys.forEach(key -> require(principal, false, KeyRange.single(key)));
  }

  /** Finds the keys that are attached to a lease. */
  interface Leases {
    Collection<Bytes> keysOf(long lease);
  }

  void require(Principal principal, Command.Txn txn, Leases leases) {
    for (Compare compare : txn.compares()) {
      require(principal, true, compare.range());
    }
    List<TxnOp> ops = new ArrayList<>(txn.success());
    ops.addAll(txn.failure());
    for (TxnOp op : ops) {
      if (op instanceof Command.Put put) {
        require(principal, put, put.lease() == 0 ? List.of() : leases.keysOf(put.lease()));
      } else if (op instanceof Command.DeleteRange deleteRange) {
        require(principal, deleteRange);
      } else if (op instanceof RangeQuery query) {
        require(principal, true, query.range());
      } else {
        require(principal, (Command.Txn) op, leases);
      }
    }
  }

  private void require(Principal principal, boolean reads, KeyRange range) {
    if (!isEnabled || principal.isMember()) {
      return;
    }
    refuse(principal.authRevision() == 0, ErrorCode.USER_EMPTY);
    refuse(principal.authRevision() < revision, ErrorCode.AUTH_REVISION_OLD);
    if (isRoot(principal.user())) {
      return;
    }
    List<KeyRange> granted = granted(principal.user(), reads);
    boolean isCovered = covers(granted, range);
    allowed += isCovered ? 1 : 0;
    denied += !isCovered && !granted.isEmpty() ? 1 : 0;
    refuse(!isCovered, ErrorCode.PERMISSION_DENIED);
  }

  private List<KeyRange> granted(String user, boolean reads) {
    List<KeyRange> granted = new ArrayList<>();
    if (hasUser(user)) {
      for (String role : users.get(user).roles()) {
        for (Permission permission : roles.getOrDefault(role, Set.of())) {
          if (reads ? permission.allowsReading() : permission.allowsWriting()) {
            granted.add(permission.range());
          }
        }
      }
    }
    return granted;
  }

  /** Between two ends of what is granted, either everything is covered or nothing. */
  private static boolean covers(List<KeyRange> granted, KeyRange wanted) {
    Bytes end = endOf(wanted);
    if (!end.isEmpty() && end.compareTo(wanted.from()) <= 0) {
      return coversEmpty(granted, wanted.from());
    }
    TreeSet<Bytes> points = new TreeSet<>(List.of(wanted.from()));
    for (KeyRange range : granted) {
      points.add(range.from());
      points.add(endOf(range));
    }
    return points.tailSet(wanted.from()).stream()
        .filter(point -> end.isEmpty() || point.compareTo(end) < 0)
        .allMatch(point -> granted.stream().anyMatch(range -> range.contains(point)));
  }

  /** A range without a key is covered where it is neither at the beginning nor outside. */
  private static boolean coversEmpty(List<KeyRange> granted, Bytes at) {
    return granted.stream().anyMatch(range -> range.contains(at))
        && granted.stream()
            .anyMatch(
                range ->
                    range.from().compareTo(at) < 0
                        && (endOf(range).isEmpty() || endOf(range).compareTo(at) >= 0));
  }

  private static Bytes endOf(KeyRange range) {
    Bytes to = range.to();
    return to == null ? range.from().successor() : to;
  }

  private static void refuse(boolean isRefused, ErrorCode code) {
    if (isRefused) {
      throw new RequestException(code);
    }
  }

  private User existingUser(String name) {
    refuse(!hasUser(name), ErrorCode.USER_NOT_FOUND);
    return users.get(name);
  }

  private Set<Permission> existingRole(String name) {
    refuse(!roles.containsKey(name), ErrorCode.ROLE_NOT_FOUND);
    return roles.get(name);
  }

  @Override
  public Boolean enable(AuthCommand.Enable enable) {
    refuse(!isEnabled && !hasUser(ROOT), ErrorCode.ROOT_USER_NOT_FOUND);
    refuse(!isEnabled && !isRoot(ROOT), ErrorCode.ROOT_ROLE_NOT_GRANTED);
    isEnabled = true;
    return false;
  }

  @Override
  public Boolean disable(AuthCommand.Disable disable) {
    boolean was = isEnabled;
    isEnabled = false;
    return was;
  }

  @Override
  public Boolean grantToken(AuthCommand.GrantToken grant) {
    refuse(!isEnabled, ErrorCode.AUTH_NOT_ENABLED);
    refuse(grant.authRevision() != revision, ErrorCode.AUTH_REVISION_OLD);
    return false;
  }

  @Override
  public Boolean addUser(AuthCommand.AddUser add) {
    refuse(add.name().isEmpty(), ErrorCode.USER_EMPTY);
    refuse(hasUser(add.name()), ErrorCode.USER_EXISTS);
    users.put(add.name(), new User(add.passwordHash(), add.hasNoPassword(), new TreeSet<>()));
    return true;
  }

  @Override
  public Boolean deleteUser(AuthCommand.DeleteUser delete) {
    refuse(isEnabled && delete.name().equals(ROOT), ErrorCode.INVALID_AUTH_MANAGEMENT);
    existingUser(delete.name());
    users.remove(delete.name());
    return true;
  }

  @Override
  public Boolean changePassword(AuthCommand.ChangePassword change) {
    User user = existingUser(change.name());
    if (!user.hasNoPassword()) {
      users.put(change.name(), new User(change.passwordHash(), false, user.roles()));
    }
    return true;
  }

  @Override
  public Boolean grantRole(AuthCommand.GrantRole grant) {
    User user = existingUser(grant.user());
    if (!grant.role().equals(ROOT)) {
      existingRole(grant.role());
    }
    return user.roles().add(grant.role());
  }

  @Override
  public Boolean revokeRole(AuthCommand.RevokeRole revoke) {
    refuse(
        isEnabled && revoke.user().equals(ROOT) && revoke.role().equals(ROOT),
        ErrorCode.INVALID_AUTH_MANAGEMENT);
    refuse(!existingUser(revoke.user()).roles().remove(revoke.role()), ErrorCode.ROLE_NOT_GRANTED);
    return true;
  }

  @Override
  public Boolean addRole(AuthCommand.AddRole add) {
    refuse(add.name().isEmpty(), ErrorCode.ROLE_EMPTY);
    refuse(roles.containsKey(add.name()), ErrorCode.ROLE_EXISTS);
    roles.put(add.name(), new HashSet<>());
    return true;
  }

  @Override
  public Boolean deleteRole(AuthCommand.DeleteRole delete) {
    refuse(isEnabled && delete.name().equals(ROOT), ErrorCode.INVALID_AUTH_MANAGEMENT);
    existingRole(delete.name());
    roles.remove(delete.name());
    users.values().forEach(user -> user.roles().remove(delete.name()));
    return true;
  }

  @Override
  public Boolean grantPermission(AuthCommand.GrantPermission grant) {
    Permission permission = grant.permission();
    refuse(permission == null, ErrorCode.PERMISSION_NOT_GIVEN);
    Bytes end = endOf(permission.range());
    refuse(
        permission.key().isEmpty() || (!end.isEmpty() && end.compareTo(permission.key()) <= 0),
        ErrorCode.INVALID_AUTH_MANAGEMENT);
    Set<Permission> role = existingRole(grant.role());
    role.removeIf(old -> isFor(old, permission.key(), permission.rangeEnd()));
    role.add(permission);
    return true;
  }

  @Override
  public Boolean revokePermission(AuthCommand.RevokePermission revoke) {
    refuse(
        !existingRole(revoke.role()).removeIf(old -> isFor(old, revoke.key(), revoke.rangeEnd())),
        ErrorCode.PERMISSION_NOT_GRANTED);
    return true;
  }

  private static boolean isFor(Permission permission, Bytes key, Bytes end) {
    return permission.key().equals(key) && permission.rangeEnd().equals(end);
  }

  /** What the model and a state have in common if they agree: one text of each. */
  String text() {
    Set<String> parts = new TreeSet<>();
    users.forEach(
        (name, user) ->
            parts.add(
                text(
                    new AuthUser(name, user.hash(), List.of(), user.hasNoPassword()),
                    user.roles())));
    roles.forEach((name, permissions) -> parts.add("role " + name + " " + sorted(permissions)));
    return isEnabled + " " + revision + " " + parts;
  }

  static String text(AuthState state) {
    Set<String> parts = new TreeSet<>();
    for (AuthUser user : state.users().values()) {
      parts.add(text(user, new TreeSet<>(user.roles())));
    }
    for (AuthRole role : state.roles().values()) {
      parts.add("role " + role.name() + " " + sorted(role.permissions()));
    }
    return state.isEnabled() + " " + state.revision() + " " + parts;
  }

  private static String text(AuthUser user, TreeSet<String> roles) {
    return "user "
        + user.name()
        + " "
        + user.passwordHash().toUtf8()
        + " "
        + user.hasNoPassword()
        + " "
        + roles;
  }

  private static TreeSet<String> sorted(Collection<Permission> permissions) {
    TreeSet<String> texts = new TreeSet<>();
    permissions.forEach(permission -> texts.add(permission.toString()));
    return texts;
  }
}
