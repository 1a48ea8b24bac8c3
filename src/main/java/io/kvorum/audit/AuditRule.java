package io.kvorum.audit;

import io.kvorum.model.Bytes;
import io.kvorum.model.KeyRange;
import java.util.List;
import java.util.Set;

/**
 * One rule of an {@link AuditPolicy}. What it does not name it does not ask for. Immutable.
 *
 * <p>Held by: AuditPolicyTest.
 *
 * @param users names of users; the common name of the certificate while there are no users
 * @param methods such as {@code KV/Put}, or {@code KV/*} for all of a service
 * @param prefixes of keys. A rule that writes covers a call that touches a key with such a prefix;
 *     one that does not, only a call all of whose keys have one: nothing is hidden beside it
 */
public record AuditRule(
    AuditLevel level, Set<String> users, Set<String> methods, List<Bytes> prefixes) {
  public AuditRule {
    users = Set.copyOf(users);
    methods = Set.copyOf(methods);
    prefixes = List.copyOf(prefixes);
  }

  /**
   * @param user empty if there is none
   * @param method such as {@code KV/Put}
   */
  boolean covers(String user, String method, List<KeyRange> ranges) {
    return (users.isEmpty() || users.contains(user))
        && (methods.isEmpty() || methods.contains(method) || methods.contains(wholeService(method)))
        && (prefixes.isEmpty() || coversKeys(ranges));
  }

  private static String wholeService(String method) {
    return method.substring(0, method.indexOf('/') + 1) + "*";
  }

  private boolean coversKeys(List<KeyRange> ranges) {
    return level == AuditLevel.NONE
        ? !ranges.isEmpty() && ranges.stream().allMatch(this::isInside)
        : ranges.stream().anyMatch(this::touches);
  }

  private boolean isInside(KeyRange range) {
    return prefixes.stream().anyMatch(prefix -> isInside(range, prefix));
  }

  private static boolean isInside(KeyRange range, Bytes prefix) {
    Bytes to = range.to();
    if (!startsWith(range.from(), prefix)) {
      return false;
    }
    // The first key after all with the prefix may be the end.
    return to == null || !to.isEmpty() && (startsWith(to, prefix) || to.equals(after(prefix)));
  }

  private boolean touches(KeyRange range) {
    // The prefix is the first key that has it: a range begins behind that, or holds it.
    return prefixes.stream()
        .anyMatch(prefix -> startsWith(range.from(), prefix) || range.contains(prefix));
  }

  private static boolean startsWith(Bytes key, Bytes prefix) {
    if (key.length() < prefix.length()) {
      return false;
    }
    for (int i = 0; i < prefix.length(); i++) {
      if (key.at(i) != prefix.at(i)) {
        return false;
      }
    }
    return true;
  }

  /** The first key after all that have the prefix; the prefix itself if there is none. */
  private static Bytes after(Bytes prefix) {
    int length = prefix.length();
    while (length > 0 && prefix.at(length - 1) == (byte) 0xff) {
      length--;
    }
    if (length == 0) {
      return prefix;
    }
    byte[] next = new byte[length];
    System.arraycopy(prefix.unsafeArray(), 0, next, 0, length);
    next[length - 1]++;
    return Bytes.wrap(next);
  }
}
