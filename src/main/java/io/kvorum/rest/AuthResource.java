package io.kvorum.rest;

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
import io.kvorum.service.Entrance;
import io.kvorum.service.Headers;
import io.kvorum.wire.AuthWire;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import java.util.concurrent.CompletionStage;

/**
 * Serves etcd's Auth service as JSON. Thread-safe.
 *
 * <p>Held by: AuthSwitchIT, AuthUsersIT, AuthRolesIT.
 */
@Path("/auth")
@ApplicationSingleton
public final class AuthResource {
  private final Entrance<AuthService> auth;
  private final Headers headers;
  private final AnswerThreads threads;

  @Inject
  public AuthResource(Entrance<AuthService> auth, Headers headers, AnswerThreads threads) {
    this.auth = auth;
    this.headers = headers;
    this.threads = threads;
  }

  @POST
  @Path("/enable")
  public CompletionStage<AuthEnableResponse> enable(
      AuthEnableRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        auth.call(Callers.of(http), request, AuthWire::enable),
        result -> AuthWire.enableAnswer(headers, result));
  }

  @POST
  @Path("/disable")
  public CompletionStage<AuthDisableResponse> disable(
      AuthDisableRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        auth.call(Callers.of(http), request, AuthWire::disable),
        result -> AuthWire.disableAnswer(headers, result));
  }

  @POST
  @Path("/status")
  public CompletionStage<AuthStatusResponse> status(
      AuthStatusRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        auth.call(Callers.of(http), request, AuthWire::status),
        result -> AuthWire.statusAnswer(headers, result));
  }

  @POST
  @Path("/authenticate")
  public CompletionStage<AuthenticateResponse> authenticate(
      AuthenticateRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        auth.call(Callers.of(http), request, AuthWire::authenticate),
        result -> AuthWire.authenticateAnswer(headers, result));
  }

  @POST
  @Path("/user/add")
  public CompletionStage<AuthUserAddResponse> addUser(
      AuthUserAddRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        auth.call(Callers.of(http), request, AuthWire::addUser),
        result -> AuthWire.addUserAnswer(headers, result));
  }

  @POST
  @Path("/user/get")
  public CompletionStage<AuthUserGetResponse> user(
      AuthUserGetRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        auth.call(Callers.of(http), request, AuthWire::user),
        result -> AuthWire.userAnswer(headers, result));
  }

  @POST
  @Path("/user/list")
  public CompletionStage<AuthUserListResponse> users(
      AuthUserListRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        auth.call(Callers.of(http), request, AuthWire::users),
        result -> AuthWire.usersAnswer(headers, result));
  }

  @POST
  @Path("/user/delete")
  public CompletionStage<AuthUserDeleteResponse> deleteUser(
      AuthUserDeleteRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        auth.call(Callers.of(http), request, AuthWire::deleteUser),
        result -> AuthWire.deleteUserAnswer(headers, result));
  }

  @POST
  @Path("/user/changepw")
  public CompletionStage<AuthUserChangePasswordResponse> changePassword(
      AuthUserChangePasswordRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        auth.call(Callers.of(http), request, AuthWire::changePassword),
        result -> AuthWire.changePasswordAnswer(headers, result));
  }

  @POST
  @Path("/user/grant")
  public CompletionStage<AuthUserGrantRoleResponse> grantRole(
      AuthUserGrantRoleRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        auth.call(Callers.of(http), request, AuthWire::grantRole),
        result -> AuthWire.grantRoleAnswer(headers, result));
  }

  @POST
  @Path("/user/revoke")
  public CompletionStage<AuthUserRevokeRoleResponse> revokeRole(
      AuthUserRevokeRoleRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        auth.call(Callers.of(http), request, AuthWire::revokeRole),
        result -> AuthWire.revokeRoleAnswer(headers, result));
  }

  @POST
  @Path("/role/add")
  public CompletionStage<AuthRoleAddResponse> addRole(
      AuthRoleAddRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        auth.call(Callers.of(http), request, AuthWire::addRole),
        result -> AuthWire.addRoleAnswer(headers, result));
  }

  @POST
  @Path("/role/get")
  public CompletionStage<AuthRoleGetResponse> role(
      AuthRoleGetRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        auth.call(Callers.of(http), request, AuthWire::role),
        result -> AuthWire.roleAnswer(headers, result));
  }

  @POST
  @Path("/role/list")
  public CompletionStage<AuthRoleListResponse> roles(
      AuthRoleListRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        auth.call(Callers.of(http), request, AuthWire::roles),
        result -> AuthWire.rolesAnswer(headers, result));
  }

  @POST
  @Path("/role/delete")
  public CompletionStage<AuthRoleDeleteResponse> deleteRole(
      AuthRoleDeleteRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        auth.call(Callers.of(http), request, AuthWire::deleteRole),
        result -> AuthWire.deleteRoleAnswer(headers, result));
  }

  @POST
  @Path("/role/grant")
  public CompletionStage<AuthRoleGrantPermissionResponse> grantPermission(
      AuthRoleGrantPermissionRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        auth.call(Callers.of(http), request, AuthWire::grantPermission),
        result -> AuthWire.grantPermissionAnswer(headers, result));
  }

  @POST
  @Path("/role/revoke")
  public CompletionStage<AuthRoleRevokePermissionResponse> revokePermission(
      AuthRoleRevokePermissionRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        auth.call(Callers.of(http), request, AuthWire::revokePermission),
        result -> AuthWire.revokePermissionAnswer(headers, result));
  }
}
