package io.kvorum.auth;

import io.kvorum.model.KeyRange;
import io.kvorum.model.Permission;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a user may do, merged from all of the user's roles. Immutable.
 *
 * @param isRoot whether the user has the role root, and so may do everything
 */
record Rights(boolean isRoot, RangeSet readable, RangeSet writable) {

  static Rights of(AuthUser user, Map<String, AuthRole> roles) {
    List<KeyRange> readable = new ArrayList<>();
    List<KeyRange> writable = new ArrayList<>();
    for (String name : user.roles()) {
      AuthRole role = roles.get(name);
      for (Permission permission : role == null ? List.<Permission>of() : role.permissions()) {
        if (permission.allowsReading()) {
          readable.add(permission.range());
        }
        if (permission.allowsWriting()) {
          writable.add(permission.range());
        }
      }
    }
    return new Rights(
        user.roles().contains(Names.ROOT), RangeSet.of(readable), RangeSet.of(writable));
  }

  boolean allow(Right right, KeyRange range) {
    return isRoot
        || switch (right) {
          case READ -> readable.containsAll(range);
          case WRITE -> writable.containsAll(range);
        };
  }
}
