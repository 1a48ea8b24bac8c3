package io.kvorum.auth;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.kvorum.model.Bytes;
import io.kvorum.model.FactSink;
import io.kvorum.model.Permission;
import io.kvorum.proto.authpb.Role;
import io.kvorum.proto.authpb.User;
import io.kvorum.proto.authpb.UserAddOptions;
import io.kvorum.support.ByteStrings;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * The durable form of the auth state: facts in the places and the forms in which etcd keeps it, so
 * that it travels with snapshot files: {@code etcd/<bucket>/<key in hexadecimal>}. Stateless.
 *
 * <p>Held by: AuthFactsTest.
 */
final class AuthFacts {
  /** The longest name, in bytes: what the name of a fact has room for. */
  static final int MAX_NAME_BYTES = 500;

  private static final String ENABLED = name("auth", "authEnabled");
  private static final String REVISION = name("auth", "authRevision");
  private static final String USERS = "etcd/authUsers/";
  private static final String ROLES = "etcd/authRoles/";

  private AuthFacts() {}

  static AuthState read(Map<String, Bytes> facts) {
    AuthState.Changes read = AuthState.INITIAL.change();
    Bytes enabled = facts.get(ENABLED);
    read.enabled(enabled != null && enabled.equals(Bytes.wrap(new byte[] {1})));
    Bytes revision = facts.get(REVISION);
    if (revision != null) {
      read.revision(ByteBuffer.wrap(revision.unsafeArray()).getLong());
    }
    // Roles first: what a user may do is merged when the user is entered.
    facts.forEach(
        (name, value) -> {
          if (name.startsWith(ROLES)) {
            read.put(role(name, value));
          }
        });
    facts.forEach(
        (name, value) -> {
          if (name.startsWith(USERS)) {
            read.put(user(name, value));
          }
        });
    return read.state();
  }

  static void putEnabled(boolean isEnabled, FactSink facts) {
    facts.put(ENABLED, Bytes.wrap(new byte[] {(byte) (isEnabled ? 1 : 0)}));
  }

  static void putRevision(long revision, FactSink facts) {
    facts.put(REVISION, Bytes.wrap(ByteBuffer.allocate(Long.BYTES).putLong(revision).array()));
  }

  static void put(AuthUser user, FactSink facts) {
    User.Builder message =
        User.newBuilder()
            .setName(ByteString.copyFromUtf8(user.name()))
            .setPassword(ByteStrings.string(user.passwordHash()))
            .addAllRoles(user.roles())
            .setOptions(UserAddOptions.newBuilder().setNoPassword(user.hasNoPassword()));
    facts.put(name("authUsers", user.name()), Bytes.wrap(message.build().toByteArray()));
  }

  static void removeUser(String name, FactSink facts) {
    facts.remove(name("authUsers", name));
  }

  static void put(AuthRole role, FactSink facts) {
    Role.Builder message = Role.newBuilder().setName(ByteString.copyFromUtf8(role.name()));
    for (Permission permission : role.permissions()) {
      message.addKeyPermission(
          io.kvorum.proto.authpb.Permission.newBuilder()
              .setPermTypeValue(permission.type())
              .setKey(ByteStrings.string(permission.key()))
              .setRangeEnd(ByteStrings.string(permission.rangeEnd())));
    }
    facts.put(name("authRoles", role.name()), Bytes.wrap(message.build().toByteArray()));
  }

  static void removeRole(String name, FactSink facts) {
    facts.remove(name("authRoles", name));
  }

  private static AuthUser user(String fact, Bytes value) {
    try {
      User message = User.parseFrom(value.unsafeArray());
      return new AuthUser(
          message.getName().toStringUtf8(),
          ByteStrings.bytes(message.getPassword()),
          message.getRolesList().stream().sorted(Names.ORDER).distinct().toList(),
          message.getOptions().getNoPassword());
    } catch (InvalidProtocolBufferException damaged) {
      throw new IllegalArgumentException("the fact " + fact + " is damaged", damaged);
    }
  }

  private static AuthRole role(String fact, Bytes value) {
    try {
      Role message = Role.parseFrom(value.unsafeArray());
      List<Permission> permissions = new ArrayList<>();
      for (io.kvorum.proto.authpb.Permission permission : message.getKeyPermissionList()) {
        permissions.add(
            new Permission(
                permission.getPermTypeValue(),
                ByteStrings.bytes(permission.getKey()),
                ByteStrings.bytes(permission.getRangeEnd())));
      }
      return new AuthRole(message.getName().toStringUtf8(), permissions);
    } catch (InvalidProtocolBufferException damaged) {
      throw new IllegalArgumentException("the fact " + fact + " is damaged", damaged);
    }
  }

  private static String name(String bucket, String key) {
    return "etcd/" + bucket + "/" + HexFormat.of().formatHex(key.getBytes(StandardCharsets.UTF_8));
  }
}
