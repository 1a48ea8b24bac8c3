package io.kvorum.grpc;

import io.grpc.ServerServiceDefinition;
import io.kvorum.proto.etcdserverpb.AuthGrpc;
import io.kvorum.service.AuthService;
import io.kvorum.service.Entrance;
import io.kvorum.service.Headers;
import io.kvorum.wire.AuthWire;

/**
 * Defines the Auth service, method by method.
 *
 * <p>Held by: AuthSwitchIT, AuthUsersIT, AuthRolesIT, EtcdctlAuthIT.
 */
final class AuthMethods {
  private AuthMethods() {}

  static ServerServiceDefinition define(
      Entrance<AuthService> entrance, Headers headers, CallGuard guard) {
    return ServerServiceDefinition.builder(AuthGrpc.SERVICE_NAME)
        .addMethod(
            AuthGrpc.getAuthEnableMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                AuthWire::enable,
                (request, result) -> AuthWire.enableAnswer(headers, result)))
        .addMethod(
            AuthGrpc.getAuthDisableMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                AuthWire::disable,
                (request, result) -> AuthWire.disableAnswer(headers, result)))
        .addMethod(
            AuthGrpc.getAuthStatusMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                AuthWire::status,
                (request, result) -> AuthWire.statusAnswer(headers, result)))
        .addMethod(
            AuthGrpc.getAuthenticateMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                AuthWire::authenticate,
                (request, result) -> AuthWire.authenticateAnswer(headers, result)))
        .addMethod(
            AuthGrpc.getUserAddMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                AuthWire::addUser,
                (request, result) -> AuthWire.addUserAnswer(headers, result)))
        .addMethod(
            AuthGrpc.getUserGetMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                AuthWire::user,
                (request, result) -> AuthWire.userAnswer(headers, result)))
        .addMethod(
            AuthGrpc.getUserListMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                AuthWire::users,
                (request, result) -> AuthWire.usersAnswer(headers, result)))
        .addMethod(
            AuthGrpc.getUserDeleteMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                AuthWire::deleteUser,
                (request, result) -> AuthWire.deleteUserAnswer(headers, result)))
        .addMethod(
            AuthGrpc.getUserChangePasswordMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                AuthWire::changePassword,
                (request, result) -> AuthWire.changePasswordAnswer(headers, result)))
        .addMethod(
            AuthGrpc.getUserGrantRoleMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                AuthWire::grantRole,
                (request, result) -> AuthWire.grantRoleAnswer(headers, result)))
        .addMethod(
            AuthGrpc.getUserRevokeRoleMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                AuthWire::revokeRole,
                (request, result) -> AuthWire.revokeRoleAnswer(headers, result)))
        .addMethod(
            AuthGrpc.getRoleAddMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                AuthWire::addRole,
                (request, result) -> AuthWire.addRoleAnswer(headers, result)))
        .addMethod(
            AuthGrpc.getRoleGetMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                AuthWire::role,
                (request, result) -> AuthWire.roleAnswer(headers, result)))
        .addMethod(
            AuthGrpc.getRoleListMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                AuthWire::roles,
                (request, result) -> AuthWire.rolesAnswer(headers, result)))
        .addMethod(
            AuthGrpc.getRoleDeleteMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                AuthWire::deleteRole,
                (request, result) -> AuthWire.deleteRoleAnswer(headers, result)))
        .addMethod(
            AuthGrpc.getRoleGrantPermissionMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                AuthWire::grantPermission,
                (request, result) -> AuthWire.grantPermissionAnswer(headers, result)))
        .addMethod(
            AuthGrpc.getRoleRevokePermissionMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                AuthWire::revokePermission,
                (request, result) -> AuthWire.revokePermissionAnswer(headers, result)))
        .build();
  }
}
