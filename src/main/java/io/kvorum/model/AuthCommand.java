package io.kvorum.model;

import org.jspecify.annotations.Nullable;

/**
 * A change of users, roles or what they may do, or of whether that counts. Immutable.
 *
 * <p>Passwords are hashed before a command is made, and tokens too; no text of a command shows
 * either.
 *
 * <p>Held by: AuthSecretsTest.
 */
public sealed interface AuthCommand extends Command {
  @Override
  default <R> R accept(Command.Visitor<R> visitor) {
    return visitor.auth(this);
  }

  record Enable() implements AuthCommand {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.enable(this);
    }
  }

  record Disable() implements AuthCommand {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.disable(this);
    }
  }

  /**
   * Gives out a token.
   *
   * @param authRevision of the state in which the user's password was checked: rejected with
   *     AUTH_REVISION_OLD in any other
   * @param tokenHash of the letters of the token, which only the member that was asked knows
   */
  record GrantToken(String user, long authRevision, Bytes tokenHash) implements AuthCommand {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.grantToken(this);
    }

    @Override
    public String toString() {
      return "GrantToken[user=" + user + ", authRevision=" + authRevision + "]";
    }
  }

  /**
   * Adds a user without roles.
   *
   * @param passwordHash the text of a bcrypt hash; empty for a user without a password
   */
  record AddUser(String name, Bytes passwordHash, boolean hasNoPassword) implements AuthCommand {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.addUser(this);
    }

    @Override
    public String toString() {
      return "AddUser[name=" + name + ", hasNoPassword=" + hasNoPassword + "]";
    }
  }

  record DeleteUser(String name) implements AuthCommand {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.deleteUser(this);
    }
  }

  /**
   * Replaces a password.
   *
   * @param passwordHash the text of a bcrypt hash; with any other nobody can log in
   */
  record ChangePassword(String name, Bytes passwordHash) implements AuthCommand {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.changePassword(this);
    }

    @Override
    public String toString() {
      return "ChangePassword[name=" + name + "]";
    }
  }

  record GrantRole(String user, String role) implements AuthCommand {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.grantRole(this);
    }
  }

  record RevokeRole(String user, String role) implements AuthCommand {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.revokeRole(this);
    }
  }

  record AddRole(String name) implements AuthCommand {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.addRole(this);
    }
  }

  record DeleteRole(String name) implements AuthCommand {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.deleteRole(this);
    }
  }

  /**
   * Allows a role something, or changes what it may do with exactly that range.
   *
   * @param permission null if the request had none: rejected, but only if its caller may ask
   */
  record GrantPermission(String role, @Nullable Permission permission) implements AuthCommand {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.grantPermission(this);
    }
  }

  record RevokePermission(String role, Bytes key, Bytes rangeEnd) implements AuthCommand {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.revokePermission(this);
    }
  }

  /** Handles each kind of command about auth; see {@link Command.Visitor}. */
  interface Visitor<R> {
    R enable(Enable enable);

    R disable(Disable disable);

    R grantToken(GrantToken grant);

    R addUser(AddUser add);

    R deleteUser(DeleteUser delete);

    R changePassword(ChangePassword change);

    R grantRole(GrantRole grant);

    R revokeRole(RevokeRole revoke);

    R addRole(AddRole add);

    R deleteRole(DeleteRole delete);

    R grantPermission(GrantPermission grant);

    R revokePermission(RevokePermission revoke);
  }

  /** Calls the visitor's method for this kind of command about auth. */
  <R> R accept(Visitor<R> visitor);
}
