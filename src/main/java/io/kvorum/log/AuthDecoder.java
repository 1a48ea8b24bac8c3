package io.kvorum.log;

import io.kvorum.model.AuthCommand;
import io.kvorum.model.Permission;
import io.kvorum.proto.log.Auth;
import io.kvorum.proto.log.PermissionGrant;
import io.kvorum.proto.log.PermissionRevoke;
import io.kvorum.proto.log.TokenGrant;
import io.kvorum.proto.log.UserAdd;
import io.kvorum.support.ByteStrings;

/**
 * Translates the messages of {@code kvorum/log.proto} into commands about auth. Stateless.
 *
 * <p>Held by: ProtobufCommandCodecTest.
 */
final class AuthDecoder {
  private AuthDecoder() {}

  /**
   * @throws IllegalArgumentException for a kind of command that is not known here
   */
  static AuthCommand command(Auth message) {
    return switch (message.getKindCase()) {
      case ENABLE -> new AuthCommand.Enable();
      case DISABLE -> new AuthCommand.Disable();
      case GRANT_TOKEN -> grantToken(message.getGrantToken());
      case ADD_USER -> addUser(message.getAddUser());
      case DELETE_USER -> new AuthCommand.DeleteUser(message.getDeleteUser().getName());
      case CHANGE_PASSWORD ->
          new AuthCommand.ChangePassword(
              message.getChangePassword().getName(),
              ByteStrings.bytes(message.getChangePassword().getPasswordHash()));
      case GRANT_ROLE ->
          new AuthCommand.GrantRole(
              message.getGrantRole().getUser(), message.getGrantRole().getRole());
      case REVOKE_ROLE ->
          new AuthCommand.RevokeRole(
              message.getRevokeRole().getUser(), message.getRevokeRole().getRole());
      case ADD_ROLE -> new AuthCommand.AddRole(message.getAddRole().getName());
      case DELETE_ROLE -> new AuthCommand.DeleteRole(message.getDeleteRole().getName());
      case GRANT_PERMISSION -> grantPermission(message.getGrantPermission());
      case REVOKE_PERMISSION -> revokePermission(message.getRevokePermission());
      case KIND_NOT_SET ->
          throw new IllegalArgumentException("a command about auth of an unknown kind");
    };
  }

  private static AuthCommand grantToken(TokenGrant message) {
    return new AuthCommand.GrantToken(
        message.getUser(), message.getAuthRevision(), ByteStrings.bytes(message.getTokenHash()));
  }

  private static AuthCommand addUser(UserAdd message) {
    return new AuthCommand.AddUser(
        message.getName(),
        ByteStrings.bytes(message.getPasswordHash()),
        message.getHasNoPassword());
  }

  private static AuthCommand grantPermission(PermissionGrant message) {
    return new AuthCommand.GrantPermission(
        message.getRole(),
        message.hasPermission()
            ? new Permission(
                message.getPermission().getType(),
                ByteStrings.bytes(message.getPermission().getKey()),
                ByteStrings.bytes(message.getPermission().getRangeEnd()))
            : null);
  }

  private static AuthCommand revokePermission(PermissionRevoke message) {
    return new AuthCommand.RevokePermission(
        message.getRole(),
        ByteStrings.bytes(message.getKey()),
        ByteStrings.bytes(message.getRangeEnd()));
  }
}
