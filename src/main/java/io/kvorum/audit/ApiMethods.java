package io.kvorum.audit;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Names the methods of etcd's API, as policies do: {@code KV/Put}. Immutable.
 *
 * <p>Held by: CallJournalTest.
 */
public final class ApiMethods {
  private static final Map<String, Set<String>> BY_SERVICE =
      Map.of(
          "KV",
          Set.of("Range", "RangeStream", "Put", "DeleteRange", "Txn", "Compact"),
          "Watch",
          Set.of("Watch"),
          "Lease",
          Set.of("LeaseGrant", "LeaseRevoke", "LeaseKeepAlive", "LeaseTimeToLive", "LeaseLeases"),
          "Cluster",
          Set.of("MemberAdd", "MemberRemove", "MemberUpdate", "MemberList", "MemberPromote"),
          "Maintenance",
          Set.of(
              "Alarm",
              "Status",
              "Defragment",
              "Hash",
              "HashKV",
              "Snapshot",
              "MoveLeader",
              "Downgrade"),
          "Auth",
          Set.of(
              "AuthEnable",
              "AuthDisable",
              "AuthStatus",
              "Authenticate",
              "UserAdd",
              "UserGet",
              "UserList",
              "UserDelete",
              "UserChangePassword",
              "UserGrantRole",
              "UserRevokeRole",
              "RoleAdd",
              "RoleGet",
              "RoleList",
              "RoleDelete",
              "RoleGrantPermission",
              "RoleRevokePermission"),
          "Lock",
          Set.of("Lock", "Unlock"),
          "Election",
          Set.of("Campaign", "Proclaim", "Leader", "Observe", "Resign"));

  private ApiMethods() {}

  /** All, sorted. */
  public static Set<String> all() {
    Set<String> names = new TreeSet<>();
    BY_SERVICE.forEach(
        (service, methods) -> methods.forEach(method -> names.add(service + "/" + method)));
    return names;
  }

  /** Whether there is such a method, or, for {@code KV/*}, such a service. */
  public static boolean isKnown(String name) {
    int slash = name.indexOf('/');
    Set<String> methods = slash < 0 ? null : BY_SERVICE.get(name.substring(0, slash));
    String method = name.substring(slash + 1);
    return methods != null && (method.equals("*") || methods.contains(method));
  }
}
