package io.kvorum.differential;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.kvorum.proto.authpb.Permission;
import io.kvorum.proto.authpb.UserAddOptions;
import io.kvorum.proto.etcdserverpb.AuthDisableRequest;
import io.kvorum.proto.etcdserverpb.AuthEnableRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleAddRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleDeleteRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleGetRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleGrantPermissionRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleListRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleRevokePermissionRequest;
import io.kvorum.proto.etcdserverpb.AuthStatusRequest;
import io.kvorum.proto.etcdserverpb.AuthUserAddRequest;
import io.kvorum.proto.etcdserverpb.AuthUserChangePasswordRequest;
import io.kvorum.proto.etcdserverpb.AuthUserDeleteRequest;
import io.kvorum.proto.etcdserverpb.AuthUserGetRequest;
import io.kvorum.proto.etcdserverpb.AuthUserGrantRoleRequest;
import io.kvorum.proto.etcdserverpb.AuthUserListRequest;
import io.kvorum.proto.etcdserverpb.AuthUserRevokeRoleRequest;
import io.kvorum.proto.etcdserverpb.AuthenticateRequest;
import java.util.List;

/**
 * Makes random requests of Auth. The password of root is never changed: with it each sequence is
 * cleaned up. Not thread-safe.
 */
final class AuthRequests {
  private static final List<String> ROLES = List.of("r1", "r2", "root");

  private final Keys keys;

  AuthRequests(Keys keys) {
    this.keys = keys;
  }

  /** A call and its request. */
  record Made(Rpc rpc, Message request) {}

  private String user() {
    return keys.oneIn(25) ? "" : keys.oneIn(8) ? Users.ROOT : keys.oneOf(Users.ORDINARY);
  }

  private String role() {
    return keys.oneIn(25) ? "" : keys.oneOf(ROLES);
  }

  private String password() {
    return switch (keys.number(8)) {
      case 0 -> "";
      case 1 -> "wrong";
      default -> Server.PASSWORD;
    };
  }

  Made enable() {
    return new Made(Rpc.AUTH_ENABLE, AuthEnableRequest.getDefaultInstance());
  }

  Made disable() {
    return new Made(Rpc.AUTH_DISABLE, AuthDisableRequest.getDefaultInstance());
  }

  Made login(String name, String password) {
    return new Made(
        Rpc.AUTHENTICATE,
        AuthenticateRequest.newBuilder().setName(name).setPassword(password).build());
  }

  Made add(String name) {
    return new Made(
        Rpc.USER_ADD,
        AuthUserAddRequest.newBuilder().setName(name).setPassword(Server.PASSWORD).build());
  }

  Made addRole(String name) {
    return new Made(Rpc.ROLE_ADD, AuthRoleAddRequest.newBuilder().setName(name).build());
  }

  Made grantRole(String name, String role) {
    return new Made(
        Rpc.USER_GRANT, AuthUserGrantRoleRequest.newBuilder().setUser(name).setRole(role).build());
  }

  Made grantPermission(String role) {
    AuthRoleGrantPermissionRequest.Builder grant =
        AuthRoleGrantPermissionRequest.newBuilder().setName(role);
    if (!keys.oneIn(25)) {
      Keys.Range range = keys.range();
      grant.setPerm(
          Permission.newBuilder()
              .setPermTypeValue(keys.oneIn(25) ? 5 : keys.number(3))
              .setKey(range.key())
              .setRangeEnd(range.end()));
    }
    return new Made(Rpc.ROLE_GRANT, grant.build());
  }

  Made any() {
    return switch (keys.number(22)) {
      case 0 -> enable();
      case 1 -> disable();
      case 2, 3, 4, 5 -> login(user(), password());
      case 6 -> new Made(Rpc.AUTH_STATUS, AuthStatusRequest.getDefaultInstance());
      case 7, 8 -> addUser();
      case 9 -> new Made(Rpc.USER_GET, AuthUserGetRequest.newBuilder().setName(user()).build());
      case 10 -> new Made(Rpc.USER_LIST, AuthUserListRequest.getDefaultInstance());
      case 11 ->
          new Made(Rpc.USER_DELETE, AuthUserDeleteRequest.newBuilder().setName(user()).build());
      case 12 -> changePassword();
      case 13, 14 -> grantRole(user(), role());
      case 15 ->
          new Made(
              Rpc.USER_REVOKE,
              AuthUserRevokeRoleRequest.newBuilder().setName(user()).setRole(role()).build());
      case 16 -> addRole(role());
      case 17 -> new Made(Rpc.ROLE_GET, AuthRoleGetRequest.newBuilder().setRole(role()).build());
      case 18 -> new Made(Rpc.ROLE_LIST, AuthRoleListRequest.getDefaultInstance());
      case 19 ->
          new Made(Rpc.ROLE_DELETE, AuthRoleDeleteRequest.newBuilder().setRole(role()).build());
      case 20 -> revokePermission();
      default -> grantPermission(role());
    };
  }

  private Made addUser() {
    String name = user();
    if (name.equals(Users.ROOT)) {
      return add(name);
    }
    AuthUserAddRequest.Builder add = AuthUserAddRequest.newBuilder().setName(name);
    switch (keys.number(8)) {
      case 0 -> add.setOptions(UserAddOptions.newBuilder().setNoPassword(true));
      case 1 -> add.setPassword("p".repeat(73));
      default -> add.setPassword(password());
    }
    return new Made(Rpc.USER_ADD, add.build());
  }

  private Made changePassword() {
    AuthUserChangePasswordRequest.Builder change =
        AuthUserChangePasswordRequest.newBuilder().setName(keys.oneOf(Users.ORDINARY));
    if (!keys.oneIn(6)) {
      change.setPassword(Server.PASSWORD);
    } else if (keys.oneIn(2)) {
      change.setHashedPassword("no base64");
    }
    return new Made(Rpc.USER_PASSWORD, change.build());
  }

  private Made revokePermission() {
    Keys.Range range = keys.range();
    ByteString key = range.key();
    return new Made(
        Rpc.ROLE_REVOKE,
        AuthRoleRevokePermissionRequest.newBuilder()
            .setRole(role())
            .setKey(key)
            .setRangeEnd(range.end())
            .build());
  }
}
