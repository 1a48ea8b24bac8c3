package io.kvorum.wire;

import com.google.protobuf.ByteString;
import io.kvorum.auth.AuthRole;
import io.kvorum.auth.AuthState;
import io.kvorum.auth.AuthUser;
import io.kvorum.model.Permission;
import io.kvorum.model.Result;
import io.kvorum.proto.etcdserverpb.AuthDisableRequest;
import io.kvorum.proto.etcdserverpb.AuthDisableResponse;
import io.kvorum.proto.etcdserverpb.AuthEnableRequest;
import io.kvorum.proto.etcdserverpb.AuthEnableResponse;
import io.kvorum.proto.etcdserverpb.AuthRoleAddRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleAddResponse;
import io.kvorum.proto.etcdserverpb.AuthRoleDeleteRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleDeleteResponse;
import io.kvorum.proto.etcdserverpb.AuthRoleGetRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleGetResponse;
import io.kvorum.proto.etcdserverpb.AuthRoleGrantPermissionRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleGrantPermissionResponse;
import io.kvorum.proto.etcdserverpb.AuthRoleListRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleListResponse;
import io.kvorum.proto.etcdserverpb.AuthRoleRevokePermissionRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleRevokePermissionResponse;
import io.kvorum.proto.etcdserverpb.AuthStatusRequest;
import io.kvorum.proto.etcdserverpb.AuthStatusResponse;
import io.kvorum.proto.etcdserverpb.AuthUserAddRequest;
import io.kvorum.proto.etcdserverpb.AuthUserAddResponse;
import io.kvorum.proto.etcdserverpb.AuthUserChangePasswordRequest;
import io.kvorum.proto.etcdserverpb.AuthUserChangePasswordResponse;
import io.kvorum.proto.etcdserverpb.AuthUserDeleteRequest;
import io.kvorum.proto.etcdserverpb.AuthUserDeleteResponse;
import io.kvorum.proto.etcdserverpb.AuthUserGetRequest;
import io.kvorum.proto.etcdserverpb.AuthUserGetResponse;
import io.kvorum.proto.etcdserverpb.AuthUserGrantRoleRequest;
import io.kvorum.proto.etcdserverpb.AuthUserGrantRoleResponse;
import io.kvorum.proto.etcdserverpb.AuthUserListRequest;
import io.kvorum.proto.etcdserverpb.AuthUserListResponse;
import io.kvorum.proto.etcdserverpb.AuthUserRevokeRoleRequest;
import io.kvorum.proto.etcdserverpb.AuthUserRevokeRoleResponse;
import io.kvorum.proto.etcdserverpb.AuthenticateRequest;
import io.kvorum.proto.etcdserverpb.AuthenticateResponse;
import io.kvorum.service.AuthService;
import io.kvorum.service.Headers;
import io.kvorum.support.ByteStrings;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Has the Auth service do what a request asks for, and makes the answer: both faces do it with
 * these. Stateless.
 *
 * <p>Held by: AuthUsersIT, AuthRolesIT, EtcdctlAuthIT.
 */
public final class AuthWire {
  private static final String ROOT = "root";

  private AuthWire() {}

  public static CompletableFuture<Result.AuthChange> enable(
      AuthService auth, AuthEnableRequest request) {
    return auth.enable();
  }

  public static AuthEnableResponse enableAnswer(Headers headers, Result.AuthChange result) {
    return AuthEnableResponse.newBuilder()
        .setHeader(HeaderWire.header(headers.at(result.revision())))
        .build();
  }

  public static CompletableFuture<Result.AuthChange> disable(
      AuthService auth, AuthDisableRequest request) {
    return auth.disable();
  }

  public static AuthDisableResponse disableAnswer(Headers headers, Result.AuthChange result) {
    return AuthDisableResponse.newBuilder()
        .setHeader(HeaderWire.header(headers.at(result.revision())))
        .build();
  }

  public static CompletableFuture<AuthState> status(AuthService auth, AuthStatusRequest request) {
    return auth.status();
  }

  public static AuthStatusResponse statusAnswer(Headers headers, AuthState result) {
    return AuthStatusResponse.newBuilder()
        .setHeader(HeaderWire.header(headers.at(0)))
        .setEnabled(result.isEnabled())
        .setAuthRevision(result.revision())
        .build();
  }

  public static CompletableFuture<String> authenticate(
      AuthService auth, AuthenticateRequest request) {
    return auth.authenticate(request.getName(), request.getPassword());
  }

  public static AuthenticateResponse authenticateAnswer(Headers headers, String result) {
    return AuthenticateResponse.newBuilder()
        .setHeader(HeaderWire.header(headers.at(0)))
        .setToken(result)
        .build();
  }

  public static CompletableFuture<Result.AuthChange> addUser(
      AuthService auth, AuthUserAddRequest request) {
    return auth.addUser(
        request.getName(), request.getPassword(), request.getOptions().getNoPassword());
  }

  public static AuthUserAddResponse addUserAnswer(Headers headers, Result.AuthChange result) {
    return AuthUserAddResponse.newBuilder()
        .setHeader(HeaderWire.header(headers.at(result.revision())))
        .build();
  }

  public static CompletableFuture<AuthUser> user(AuthService auth, AuthUserGetRequest request) {
    return auth.user(request.getName());
  }

  public static AuthUserGetResponse userAnswer(Headers headers, AuthUser result) {
    return AuthUserGetResponse.newBuilder()
        .setHeader(HeaderWire.header(headers.at(0)))
        .addAllRoles(result.roles())
        .build();
  }

  public static CompletableFuture<List<String>> users(
      AuthService auth, AuthUserListRequest request) {
    return auth.users();
  }

  public static AuthUserListResponse usersAnswer(Headers headers, List<String> result) {
    return AuthUserListResponse.newBuilder()
        .setHeader(HeaderWire.header(headers.at(0)))
        .addAllUsers(result)
        .build();
  }

  public static CompletableFuture<Result.AuthChange> deleteUser(
      AuthService auth, AuthUserDeleteRequest request) {
    return auth.deleteUser(request.getName());
  }

  public static AuthUserDeleteResponse deleteUserAnswer(Headers headers, Result.AuthChange result) {
    return AuthUserDeleteResponse.newBuilder()
        .setHeader(HeaderWire.header(headers.at(result.revision())))
        .build();
  }

  public static CompletableFuture<Result.AuthChange> changePassword(
      AuthService auth, AuthUserChangePasswordRequest request) {
    return auth.changePassword(
        request.getName(), request.getPassword(), request.getHashedPassword());
  }

  public static AuthUserChangePasswordResponse changePasswordAnswer(
      Headers headers, Result.AuthChange result) {
    return AuthUserChangePasswordResponse.newBuilder()
        .setHeader(HeaderWire.header(headers.at(result.revision())))
        .build();
  }

  public static CompletableFuture<Result.AuthChange> grantRole(
      AuthService auth, AuthUserGrantRoleRequest request) {
    return auth.grantRole(request.getUser(), request.getRole());
  }

  public static AuthUserGrantRoleResponse grantRoleAnswer(
      Headers headers, Result.AuthChange result) {
    return AuthUserGrantRoleResponse.newBuilder()
        .setHeader(HeaderWire.header(headers.at(result.revision())))
        .build();
  }

  public static CompletableFuture<Result.AuthChange> revokeRole(
      AuthService auth, AuthUserRevokeRoleRequest request) {
    return auth.revokeRole(request.getName(), request.getRole());
  }

  public static AuthUserRevokeRoleResponse revokeRoleAnswer(
      Headers headers, Result.AuthChange result) {
    return AuthUserRevokeRoleResponse.newBuilder()
        .setHeader(HeaderWire.header(headers.at(result.revision())))
        .build();
  }

  public static CompletableFuture<Result.AuthChange> addRole(
      AuthService auth, AuthRoleAddRequest request) {
    return auth.addRole(request.getName());
  }

  public static AuthRoleAddResponse addRoleAnswer(Headers headers, Result.AuthChange result) {
    return AuthRoleAddResponse.newBuilder()
        .setHeader(HeaderWire.header(headers.at(result.revision())))
        .build();
  }

  public static CompletableFuture<AuthRole> role(AuthService auth, AuthRoleGetRequest request) {
    return auth.role(request.getRole());
  }

  public static AuthRoleGetResponse roleAnswer(Headers headers, AuthRole result) {
    return AuthRoleGetResponse.newBuilder()
        .setHeader(HeaderWire.header(headers.at(0)))
        .addAllPerm(permissions(result))
        .build();
  }

  public static CompletableFuture<List<String>> roles(
      AuthService auth, AuthRoleListRequest request) {
    return auth.roles();
  }

  public static AuthRoleListResponse rolesAnswer(Headers headers, List<String> result) {
    return AuthRoleListResponse.newBuilder()
        .setHeader(HeaderWire.header(headers.at(0)))
        .addAllRoles(result)
        .build();
  }

  public static CompletableFuture<Result.AuthChange> deleteRole(
      AuthService auth, AuthRoleDeleteRequest request) {
    return auth.deleteRole(request.getRole());
  }

  public static AuthRoleDeleteResponse deleteRoleAnswer(Headers headers, Result.AuthChange result) {
    return AuthRoleDeleteResponse.newBuilder()
        .setHeader(HeaderWire.header(headers.at(result.revision())))
        .build();
  }

  public static CompletableFuture<Result.AuthChange> grantPermission(
      AuthService auth, AuthRoleGrantPermissionRequest request) {
    return auth.grantPermission(
        request.getName(), request.hasPerm() ? permission(request.getPerm()) : null);
  }

  public static AuthRoleGrantPermissionResponse grantPermissionAnswer(
      Headers headers, Result.AuthChange result) {
    return AuthRoleGrantPermissionResponse.newBuilder()
        .setHeader(HeaderWire.header(headers.at(result.revision())))
        .build();
  }

  public static CompletableFuture<Result.AuthChange> revokePermission(
      AuthService auth, AuthRoleRevokePermissionRequest request) {
    return auth.revokePermission(
        request.getRole(),
        ByteStrings.bytes(request.getKey()),
        ByteStrings.bytes(request.getRangeEnd()));
  }

  public static AuthRoleRevokePermissionResponse revokePermissionAnswer(
      Headers headers, Result.AuthChange result) {
    return AuthRoleRevokePermissionResponse.newBuilder()
        .setHeader(HeaderWire.header(headers.at(result.revision())))
        .build();
  }

  private static Permission permission(io.kvorum.proto.authpb.Permission permission) {
    return new Permission(
        permission.getPermTypeValue(),
        ByteStrings.bytes(permission.getKey()),
        ByteStrings.bytes(permission.getRangeEnd()));
  }

  /** The role root may do everything, whatever it was granted. */
  private static List<io.kvorum.proto.authpb.Permission> permissions(AuthRole role) {
    if (role.name().equals(ROOT)) {
      return List.of(
          io.kvorum.proto.authpb.Permission.newBuilder()
              .setPermTypeValue(Permission.READWRITE)
              .setRangeEnd(ByteString.copyFrom(new byte[] {0}))
              .build());
    }
    return role.permissions().stream()
        .map(
            permission ->
                io.kvorum.proto.authpb.Permission.newBuilder()
                    .setPermTypeValue(permission.type())
                    .setKey(ByteStrings.string(permission.key()))
                    .setRangeEnd(ByteStrings.string(permission.rangeEnd()))
                    .build())
        .toList();
  }
}
