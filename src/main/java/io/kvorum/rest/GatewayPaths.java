package io.kvorum.rest;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Maps the paths of the API, below {@code /v3}, to their calls. Immutable.
 *
 * <p>Held by: GatewayErrorTest.
 */
final class GatewayPaths {
  private static final String[] KV = {
    "range", "Range",
    "put", "Put",
    "deleterange", "DeleteRange",
    "txn", "Txn",
    "compaction", "Compact",
  };

  private static final String[] LEASE = {
    "grant", "LeaseGrant",
    "revoke", "LeaseRevoke",
    "keepalive", "LeaseKeepAlive",
    "timetolive", "LeaseTimeToLive",
    "leases", "LeaseLeases",
  };

  private static final String[] LEASE_ALIASES = {
    "revoke", "LeaseRevoke",
    "timetolive", "LeaseTimeToLive",
    "leases", "LeaseLeases",
  };

  private static final String[] CLUSTER = {
    "add", "MemberAdd",
    "remove", "MemberRemove",
    "update", "MemberUpdate",
    "list", "MemberList",
    "promote", "MemberPromote",
  };

  private static final String[] MAINTENANCE = {
    "alarm", "Alarm",
    "status", "Status",
    "defragment", "Defragment",
    "hash", "Hash",
    "hashkv", "HashKV",
    "snapshot", "Snapshot",
    "transfer-leadership", "MoveLeader",
    "downgrade", "Downgrade",
  };

  private static final String[] AUTH = {
    "enable", "AuthEnable",
    "disable", "AuthDisable",
    "status", "AuthStatus",
    "authenticate", "Authenticate",
    "user/add", "UserAdd",
    "user/get", "UserGet",
    "user/list", "UserList",
    "user/delete", "UserDelete",
    "user/changepw", "UserChangePassword",
    "user/grant", "UserGrantRole",
    "user/revoke", "UserRevokeRole",
    "role/add", "RoleAdd",
    "role/get", "RoleGet",
    "role/list", "RoleList",
    "role/delete", "RoleDelete",
    "role/grant", "RoleGrantPermission",
    "role/revoke", "RoleRevokePermission",
  };

  private static final String[] LOCK = {
    "lock", "Lock",
    "unlock", "Unlock",
  };

  private static final String[] ELECTION = {
    "campaign", "Campaign",
    "proclaim", "Proclaim",
    "leader", "Leader",
    "observe", "Observe",
    "resign", "Resign",
  };

  private static final Map<String, String> CALLS = calls();

  private GatewayPaths() {}

  /** The call's full gRPC name, such as {@code etcdserverpb.KV/Put}; null if there is none. */
  static @Nullable String callAt(String path) {
    return CALLS.get(path);
  }

  /** All paths, with the full names of their calls. */
  static Map<String, String> all() {
    return CALLS;
  }

  private static Map<String, String> calls() {
    Map<String, String> calls = new HashMap<>();
    service(calls, "etcdserverpb.KV", "/kv/", KV);
    service(calls, "etcdserverpb.Watch", "/", new String[] {"watch", "Watch"});
    service(calls, "etcdserverpb.Lease", "/lease/", LEASE);
    service(calls, "etcdserverpb.Lease", "/kv/lease/", LEASE_ALIASES);
    service(calls, "etcdserverpb.Cluster", "/cluster/member/", CLUSTER);
    service(calls, "etcdserverpb.Maintenance", "/maintenance/", MAINTENANCE);
    service(calls, "etcdserverpb.Auth", "/auth/", AUTH);
    service(calls, "v3lockpb.Lock", "/lock/", LOCK);
    service(calls, "v3electionpb.Election", "/election/", ELECTION);
    return Map.copyOf(calls);
  }

  private static void service(
      Map<String, String> calls, String service, String prefix, String[] pathsAndMethods) {
    for (int i = 0; i < pathsAndMethods.length; i += 2) {
      calls.put(prefix + pathsAndMethods[i], service + "/" + pathsAndMethods[i + 1]);
    }
  }
}
