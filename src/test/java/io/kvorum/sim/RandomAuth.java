package io.kvorum.sim;

import io.kvorum.model.AuthCommand;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.Permission;
import io.kvorum.model.Principal;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;

/**
 * Draws changes of few users and roles, so that they collide, and on whose behalf a command is
 * proposed. Most of them are made by root, so that something happens.
 */
final class RandomAuth {
  private static final String ROOT = "root";
  private static final List<String> USERS = List.of(ROOT, "u1", "u2", "");
  private static final List<String> ROLES = List.of(ROOT, "r1", "r2", "");
  private static final int KEYS = 22;

  private final Random random;
  private final AuthModel model;
  private final IntFunction<Bytes> keyNumber;
  private long hashes;

  /**
   * @param keyNumber one of the keys that commands use
   */
  RandomAuth(Random random, AuthModel model, IntFunction<Bytes> keyNumber) {
    this.random = random;
    this.model = model;
    this.keyNumber = keyNumber;
  }

  /** While auth is off nothing is stamped, except by those who do not know it yet. */
  Command stamped(Command command) {
    if (!model.isEnabled() && random.nextInt(20) > 0) {
      return command;
    }
    return random.nextInt(15) == 0 ? command : new Command.Stamped(principal(), command);
  }

  private Principal principal() {
    int dice = random.nextInt(20);
    if (dice == 0) {
      return Principal.MEMBER;
    }
    if (dice == 1) {
      return Principal.NOBODY;
    }
    return new Principal(dice < 9 ? ROOT : anyOf(USERS), dice < 18 ? model.revision() : near());
  }

  private long near() {
    return Math.max(0, model.revision() + random.nextInt(4) - 2);
  }

  /** Any change, but often one of those that lead to auth that is on, and to users with rights. */
  AuthCommand next() {
    if (random.nextInt(5) < 3) {
      return towardsRights();
    }
    if (model.isEnabled()) {
      return any();
    }
    if (!model.hasUser(ROOT)) {
      return addUser(ROOT);
    }
    return model.isRoot(ROOT) ? new AuthCommand.Enable() : new AuthCommand.GrantRole(ROOT, ROOT);
  }

  /** What one of two users lacks to have a right, or one more right. */
  private AuthCommand towardsRights() {
    String user = USERS.get(1 + random.nextInt(2));
    String role = ROLES.get(1);
    if (!model.hasUser(user)) {
      return addUser(user);
    }
    if (!model.hasRole(role)) {
      return new AuthCommand.AddRole(role);
    }
    if (!model.hasRole(user, role)) {
      return new AuthCommand.GrantRole(user, role);
    }
    int first = random.nextInt(KEYS);
    return new AuthCommand.GrantPermission(
        role,
        new Permission(
            random.nextInt(3),
            keyNumber.apply(first),
            keyNumber.apply(first + 1 + random.nextInt(6))));
  }

  private AuthCommand any() {
    return switch (random.nextInt(18)) {
      case 0, 1 -> addUser(anyOf(USERS));
      case 2 -> new AuthCommand.DeleteUser(anyOf(USERS));
      case 3 -> new AuthCommand.ChangePassword(anyOf(USERS), hash());
      case 4, 5, 6 -> new AuthCommand.GrantRole(anyOf(USERS), anyOf(ROLES));
      case 7 -> new AuthCommand.RevokeRole(anyOf(USERS), anyOf(ROLES));
      case 8, 9 -> new AuthCommand.AddRole(anyOf(ROLES));
      case 10 -> new AuthCommand.DeleteRole(anyOf(ROLES));
      case 11 -> new AuthCommand.RevokePermission(anyOf(ROLES), key(), end());
      case 12 -> new AuthCommand.GrantToken(anyOf(USERS), near(), hash());
      case 13 -> random.nextBoolean() ? new AuthCommand.Disable() : new AuthCommand.Enable();
      default ->
          new AuthCommand.GrantPermission(
              anyOf(ROLES),
              random.nextInt(12) == 0 ? null : new Permission(random.nextInt(4), key(), end()));
    };
  }

  private AuthCommand addUser(String name) {
    boolean hasNoPassword = random.nextInt(5) == 0;
    return new AuthCommand.AddUser(name, hasNoPassword ? Bytes.EMPTY : hash(), hasNoPassword);
  }

  private Bytes hash() {
    return Bytes.utf8("hash-" + ++hashes);
  }

  private Bytes key() {
    return random.nextInt(15) == 0 ? Bytes.EMPTY : keyNumber.apply(random.nextInt(KEYS));
  }

  private Bytes end() {
    return switch (random.nextInt(6)) {
      case 0, 1 -> Bytes.EMPTY;
      case 2 -> Bytes.wrap(new byte[] {0});
      default -> keyNumber.apply(random.nextInt(KEYS));
    };
  }

  private String anyOf(List<String> values) {
    return values.get(random.nextInt(values.size()));
  }
}
