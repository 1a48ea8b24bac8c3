package io.kvorum.log;

import io.kvorum.model.AuthCommand;
import io.kvorum.model.Permission;
import io.kvorum.proto.log.Auth;
import io.kvorum.proto.log.AuthDisable;
import io.kvorum.proto.log.AuthEnable;
import io.kvorum.proto.log.PasswordChange;
import io.kvorum.proto.log.PermissionGrant;
import io.kvorum.proto.log.PermissionRevoke;
import io.kvorum.proto.log.RoleAdd;
import io.kvorum.proto.log.RoleDelete;
import io.kvorum.proto.log.RoleOfUser;
import io.kvorum.proto.log.TokenGrant;
import io.kvorum.proto.log.UserAdd;
import io.kvorum.proto.log.UserDelete;
import io.kvorum.support.ByteStrings;

/**
 * Translates commands about auth into the messages of {@code kvorum/log.proto}; {@link AuthDecoder}
 * is the other direction. Stateless.
 *
 * <p>Held by: ProtobufCommandCodecTest.
 */
final class AuthEncoder implements AuthCommand.Visitor<Auth.Builder> {
  private static final AuthEncoder INSTANCE = new AuthEncoder();

  private AuthEncoder() {}

  static Auth message(AuthCommand command) {
    return command.accept(INSTANCE).build();
  }

  @Override
  public Auth.Builder enable(AuthCommand.Enable enable) {
    return Auth.newBuilder().setEnable(AuthEnable.getDefaultInstance());
  }

  @Override
  public Auth.Builder disable(AuthCommand.Disable disable) {
    return Auth.newBuilder().setDisable(AuthDisable.getDefaultInstance());
  }

  @Override
  public Auth.Builder grantToken(AuthCommand.GrantToken grant) {
    return Auth.newBuilder()
        .setGrantToken(
            TokenGrant.newBuilder()
                .setUser(grant.user())
                .setAuthRevision(grant.authRevision())
                .setTokenHash(ByteStrings.string(grant.tokenHash())));
  }

  @Override
  public Auth.Builder addUser(AuthCommand.AddUser add) {
    return Auth.newBuilder()
        .setAddUser(
            UserAdd.newBuilder()
                .setName(add.name())
                .setPasswordHash(ByteStrings.string(add.passwordHash()))
                .setHasNoPassword(add.hasNoPassword()));
  }

  @Override
  public Auth.Builder deleteUser(AuthCommand.DeleteUser delete) {
    return Auth.newBuilder().setDeleteUser(UserDelete.newBuilder().setName(delete.name()));
  }

  @Override
  public Auth.Builder changePassword(AuthCommand.ChangePassword change) {
    return Auth.newBuilder()
        .setChangePassword(
            PasswordChange.newBuilder()
                .setName(change.name())
                .setPasswordHash(ByteStrings.string(change.passwordHash())));
  }

  @Override
  public Auth.Builder grantRole(AuthCommand.GrantRole grant) {
    return Auth.newBuilder().setGrantRole(roleOfUser(grant.user(), grant.role()));
  }

  @Override
  public Auth.Builder revokeRole(AuthCommand.RevokeRole revoke) {
    return Auth.newBuilder().setRevokeRole(roleOfUser(revoke.user(), revoke.role()));
  }

  private static RoleOfUser.Builder roleOfUser(String user, String role) {
    return RoleOfUser.newBuilder().setUser(user).setRole(role);
  }

  @Override
  public Auth.Builder addRole(AuthCommand.AddRole add) {
    return Auth.newBuilder().setAddRole(RoleAdd.newBuilder().setName(add.name()));
  }

  @Override
  public Auth.Builder deleteRole(AuthCommand.DeleteRole delete) {
    return Auth.newBuilder().setDeleteRole(RoleDelete.newBuilder().setName(delete.name()));
  }

  @Override
  public Auth.Builder grantPermission(AuthCommand.GrantPermission grant) {
    PermissionGrant.Builder message = PermissionGrant.newBuilder().setRole(grant.role());
    Permission permission = grant.permission();
    if (permission != null) {
      message.setPermission(
          io.kvorum.proto.log.Permission.newBuilder()
              .setType(permission.type())
              .setKey(ByteStrings.string(permission.key()))
              .setRangeEnd(ByteStrings.string(permission.rangeEnd())));
    }
    return Auth.newBuilder().setGrantPermission(message);
  }

  @Override
  public Auth.Builder revokePermission(AuthCommand.RevokePermission revoke) {
    return Auth.newBuilder()
        .setRevokePermission(
            PermissionRevoke.newBuilder()
                .setRole(revoke.role())
                .setKey(ByteStrings.string(revoke.key()))
                .setRangeEnd(ByteStrings.string(revoke.rangeEnd())));
  }
}
