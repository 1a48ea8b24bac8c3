package io.kvorum.auth;

import io.kvorum.model.Bytes;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/**
 * A user. Immutable; its text shows no hash.
 *
 * @param passwordHash the text of a bcrypt hash; empty if no password was ever given
 * @param roles names, sorted
 */
public record AuthUser(String name, Bytes passwordHash, List<String> roles, boolean hasNoPassword) {
  public AuthUser {
    roles = List.copyOf(roles);
  }

  AuthUser withPasswordHash(Bytes hash) {
    return new AuthUser(name, hash, roles, hasNoPassword);
  }

  AuthUser withRole(String role) {
    TreeSet<String> more = new TreeSet<>(Names.ORDER);
    more.addAll(roles);
    more.add(role);
    return withRoles(more);
  }

  AuthUser withoutRole(String role) {
    return withRoles(roles.stream().filter(name -> !name.equals(role)).toList());
  }

  private AuthUser withRoles(Collection<String> others) {
    return new AuthUser(name, passwordHash, List.copyOf(others), hasNoPassword);
  }

  @Override
  public String toString() {
    return "AuthUser[name=" + name + ", roles=" + roles + ", hasNoPassword=" + hasNoPassword + "]";
  }
}
