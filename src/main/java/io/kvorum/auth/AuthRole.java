package io.kvorum.auth;

import io.kvorum.model.Bytes;
import io.kvorum.model.Permission;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A role. Immutable.
 *
 * @param permissions sorted by their keys
 */
public record AuthRole(String name, List<Permission> permissions) {
  private static final Comparator<Permission> ORDER = Comparator.comparing(Permission::key);

  public AuthRole {
    permissions = List.copyOf(permissions);
  }

  /** With that permission, which replaces one of the same key and end. */
  AuthRole with(Permission permission) {
    List<Permission> changed = new ArrayList<>(permissions);
    changed.replaceAll(
        old -> isFor(old, permission.key(), permission.rangeEnd()) ? permission : old);
    if (!changed.contains(permission)) {
      changed.add(permission);
      changed.sort(ORDER);
    }
    return new AuthRole(name, changed);
  }

  /** Without the permission of exactly that key and end. */
  AuthRole without(Bytes key, Bytes rangeEnd) {
    return new AuthRole(
        name, permissions.stream().filter(old -> !isFor(old, key, rangeEnd)).toList());
  }

  private static boolean isFor(Permission permission, Bytes key, Bytes rangeEnd) {
    return permission.key().equals(key) && permission.rangeEnd().equals(rangeEnd);
  }
}
