package io.kvorum.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.AuthCommand;
import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.FactSink;
import io.kvorum.model.KeyRange;
import io.kvorum.model.Permission;
import io.kvorum.model.Principal;
import io.kvorum.model.RequestException;
import io.kvorum.testing.FactMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AuthTableTest {
  private static final Bytes HASH = Bytes.utf8("$2a$04$hash");

  private final Map<String, Bytes> facts = new TreeMap<>();
  private final List<String> tokens = new ArrayList<>();
  private final AuthTable table =
      new AuthTable(
          new AuthListener() {
            @Override
            public void tokenGranted(String user, Bytes tokenHash, long index) {
              tokens.add("granted " + user + " " + tokenHash.toUtf8() + " " + index);
            }

            @Override
            public void tokensRevoked(String user) {
              tokens.add("revoked " + user);
            }

            @Override
            public void allTokensRevoked() {
              tokens.add("all revoked");
            }
          });

  private @Nullable ErrorCode apply(Principal principal, AuthCommand command) {
    AuthState before = table.state();
    Map<String, Bytes> durable = Map.copyOf(facts);
    try {
      table.apply(command, principal, 42, sink());
      assertSameAfterRestart();
      return null;
    } catch (RequestException rejection) {
      assertThat(table.state()).as("the state after a rejection").isSameAs(before);
      assertThat(facts).as("the facts after a rejection").isEqualTo(durable);
      return rejection.code();
    }
  }

  private FactSink sink() {
    return new FactMap(facts);
  }

  private void assertSameAfterRestart() {
    AuthTable restarted = new AuthTable(AuthListener.NONE);
    restarted.restore(facts);
    assertThat(restarted.state().users()).isEqualTo(table.state().users());
    assertThat(restarted.state().roles()).isEqualTo(table.state().roles());
    assertThat(restarted.state().isEnabled()).isEqualTo(table.state().isEnabled());
    assertThat(restarted.state().revision()).isEqualTo(table.state().revision());
  }

  private @Nullable ErrorCode apply(AuthCommand command) {
    return apply(table.state().isEnabled() ? root() : Principal.NOBODY, command);
  }

  private void ok(AuthCommand command) {
    assertThat(apply(command)).as("rejection of %s", command).isNull();
  }

  private Principal root() {
    return user("root");
  }

  private Principal user(String name) {
    return new Principal(name, table.state().revision());
  }

  private void addUser(String name, String... roles) {
    ok(new AuthCommand.AddUser(name, HASH, false));
    for (String role : roles) {
      ok(new AuthCommand.GrantRole(name, role));
    }
  }

  private void addRole(String name, Permission... permissions) {
    ok(new AuthCommand.AddRole(name));
    for (Permission permission : permissions) {
      ok(new AuthCommand.GrantPermission(name, permission));
    }
  }

  private void enable() {
    addUser("root", "root");
    ok(new AuthCommand.Enable());
  }

  private static Permission permission(int type, String key, String end) {
    return new Permission(type, Bytes.utf8(key), Bytes.utf8(end));
  }

  private long revision() {
    return table.state().revision();
  }

  private static KeyRange key(String key) {
    return KeyRange.single(Bytes.utf8(key));
  }

  private @Nullable ErrorCode read(Principal principal, String key) {
    try {
      table.state().require(principal, Right.READ, key(key));
      return null;
    } catch (RequestException denied) {
      return denied.code();
    }
  }

  @Test
  void authIsEnabledOnceThereIsARootWithTheRoleRoot() {
    assertThat(apply(new AuthCommand.Enable())).isEqualTo(ErrorCode.ROOT_USER_NOT_FOUND);
    addUser("root");
    assertThat(apply(new AuthCommand.Enable())).isEqualTo(ErrorCode.ROOT_ROLE_NOT_GRANTED);
    ok(new AuthCommand.GrantRole("root", "root"));
    long before = revision();
    ok(new AuthCommand.Enable());
    assertThat(table.state().isEnabled()).isTrue();
    assertThat(revision()).isEqualTo(before);
    ok(new AuthCommand.Enable());
    assertThat(revision()).isEqualTo(before);
    assertThat(table.state().role("root")).isNull();
  }

  @Test
  void disablingCountsAsAChangeAndRevokesAllTokensOnlyWhileEnabled() {
    ok(new AuthCommand.Disable());
    assertThat(revision()).isEqualTo(1);
    assertThat(tokens).isEmpty();
    enable();
    tokens.clear();
    long before = revision();
    ok(new AuthCommand.Disable());
    assertThat(revision()).isEqualTo(before + 1);
    assertThat(tokens).containsExactly("all revoked");
  }

  @Test
  void eachChangeCountsAndWhatChangesNothingDoesNot() {
    List<AuthCommand> changes =
        List.of(
            new AuthCommand.AddUser("al", HASH, false),
            new AuthCommand.AddRole("r"),
            new AuthCommand.GrantPermission("r", permission(Permission.READ, "a", "")),
            new AuthCommand.GrantPermission("r", permission(Permission.READ, "a", "")),
            new AuthCommand.GrantRole("al", "r"),
            new AuthCommand.ChangePassword("al", HASH),
            new AuthCommand.RevokePermission("r", Bytes.utf8("a"), Bytes.EMPTY),
            new AuthCommand.RevokeRole("al", "r"),
            new AuthCommand.DeleteRole("r"),
            new AuthCommand.DeleteUser("al"));
    for (AuthCommand change : changes) {
      long before = revision();
      ok(change);
      assertThat(revision()).as("after %s", change).isEqualTo(before + 1);
    }
    addRole("again");
    addUser("bo", "again");
    long before = revision();
    ok(new AuthCommand.GrantRole("bo", "again"));
    assertThat(revision()).isEqualTo(before);
  }

  @Test
  void whatIsWrongWithARequestIsFoundInOneOrder() {
    assertThat(apply(new AuthCommand.AddUser("", HASH, false))).isEqualTo(ErrorCode.USER_EMPTY);
    addUser("al");
    assertThat(apply(new AuthCommand.AddUser("al", HASH, true))).isEqualTo(ErrorCode.USER_EXISTS);
    assertThat(apply(new AuthCommand.DeleteUser("bo"))).isEqualTo(ErrorCode.USER_NOT_FOUND);
    assertThat(apply(new AuthCommand.ChangePassword("bo", HASH)))
        .isEqualTo(ErrorCode.USER_NOT_FOUND);
    assertThat(apply(new AuthCommand.GrantRole("bo", "r"))).isEqualTo(ErrorCode.USER_NOT_FOUND);
    assertThat(apply(new AuthCommand.GrantRole("al", "r"))).isEqualTo(ErrorCode.ROLE_NOT_FOUND);
    assertThat(apply(new AuthCommand.RevokeRole("bo", "r"))).isEqualTo(ErrorCode.USER_NOT_FOUND);
    assertThat(apply(new AuthCommand.RevokeRole("al", "r"))).isEqualTo(ErrorCode.ROLE_NOT_GRANTED);
    assertThat(apply(new AuthCommand.AddRole(""))).isEqualTo(ErrorCode.ROLE_EMPTY);
    addRole("r");
    assertThat(apply(new AuthCommand.AddRole("r"))).isEqualTo(ErrorCode.ROLE_EXISTS);
    assertThat(apply(new AuthCommand.DeleteRole("s"))).isEqualTo(ErrorCode.ROLE_NOT_FOUND);
    assertThat(apply(new AuthCommand.GrantPermission("s", null)))
        .isEqualTo(ErrorCode.PERMISSION_NOT_GIVEN);
    for (Permission wrong :
        List.of(
            permission(0, "", ""),
            permission(0, "", "z"),
            permission(0, "b", "b"),
            permission(0, "b", "a"))) {
      assertThat(apply(new AuthCommand.GrantPermission("s", wrong)))
          .as("%s", wrong)
          .isEqualTo(ErrorCode.INVALID_AUTH_MANAGEMENT);
    }
    assertThat(apply(new AuthCommand.GrantPermission("s", permission(0, "a", ""))))
        .isEqualTo(ErrorCode.ROLE_NOT_FOUND);
    assertThat(apply(new AuthCommand.RevokePermission("s", Bytes.utf8("a"), Bytes.EMPTY)))
        .isEqualTo(ErrorCode.ROLE_NOT_FOUND);
    ok(new AuthCommand.GrantPermission("r", permission(0, "a", "c")));
    assertThat(apply(new AuthCommand.RevokePermission("r", Bytes.utf8("a"), Bytes.utf8("b"))))
        .isEqualTo(ErrorCode.PERMISSION_NOT_GRANTED);
  }

  @Test
  void whileAuthIsOnOnlyRootMayChangeAnythingAndIsAskedFirst() {
    addRole("none");
    addUser("al", "none");
    enable();
    List<AuthCommand> requests =
        List.of(
            new AuthCommand.Enable(),
            new AuthCommand.Disable(),
            new AuthCommand.AddUser("", HASH, false),
            new AuthCommand.DeleteUser("missing"),
            new AuthCommand.ChangePassword("al", HASH),
            new AuthCommand.GrantRole("missing", "missing"),
            new AuthCommand.RevokeRole("root", "root"),
            new AuthCommand.AddRole(""),
            new AuthCommand.DeleteRole("root"),
            new AuthCommand.GrantPermission("missing", null),
            new AuthCommand.RevokePermission("missing", Bytes.EMPTY, Bytes.EMPTY));
    for (AuthCommand request : requests) {
      assertThat(apply(user("al"), request)).isEqualTo(ErrorCode.PERMISSION_DENIED);
      assertThat(apply(Principal.NOBODY, request)).isEqualTo(ErrorCode.USER_EMPTY);
      assertThat(apply(user(""), request)).isEqualTo(ErrorCode.USER_EMPTY);
      assertThat(apply(user("missing"), request)).isEqualTo(ErrorCode.USER_NOT_FOUND);
    }
    assertThat(apply(new Principal("root", 1), new AuthCommand.AddRole("by an old token")))
        .isNull();
  }

  @Test
  void rootIsKeptWhileAuthIsOn() {
    ok(new AuthCommand.AddRole("root"));
    enable();
    assertThat(apply(new AuthCommand.DeleteUser("root")))
        .isEqualTo(ErrorCode.INVALID_AUTH_MANAGEMENT);
    assertThat(apply(new AuthCommand.DeleteRole("root")))
        .isEqualTo(ErrorCode.INVALID_AUTH_MANAGEMENT);
    assertThat(apply(new AuthCommand.RevokeRole("root", "root")))
        .isEqualTo(ErrorCode.INVALID_AUTH_MANAGEMENT);
    addUser("adm", "root");
    ok(new AuthCommand.RevokeRole("adm", "root"));
    ok(new AuthCommand.Disable());
    ok(new AuthCommand.DeleteRole("root"));
    ok(new AuthCommand.DeleteUser("root"));
  }

  @Test
  void aRoleThatIsDeletedIsTakenFromAllUsers() {
    addRole("r", permission(Permission.READWRITE, "foo", ""));
    addRole("s");
    addUser("al", "s", "r");
    enable();
    assertThat(table.state().users().get("al").roles()).containsExactly("r", "s");
    assertThat(read(user("al"), "foo")).isNull();
    ok(new AuthCommand.DeleteRole("r"));
    assertThat(table.state().users().get("al").roles()).containsExactly("s");
    assertThat(read(user("al"), "foo")).isEqualTo(ErrorCode.PERMISSION_DENIED);
  }

  @Test
  void aPermissionOfTheSameRangeIsReplacedAndOnesOfUnknownKindAllowNothing() {
    addRole("r", permission(Permission.WRITE, "b", ""), permission(Permission.READ, "a", ""));
    addUser("al", "r");
    enable();
    assertThat(read(user("al"), "b")).isEqualTo(ErrorCode.PERMISSION_DENIED);
    ok(new AuthCommand.GrantPermission("r", permission(Permission.READ, "b", "")));
    ok(new AuthCommand.GrantPermission("r", permission(77, "c", "")));
    assertThat(read(user("al"), "b")).isNull();
    assertThat(read(user("al"), "c")).isEqualTo(ErrorCode.PERMISSION_DENIED);
    assertThat(table.state().roles().get("r").permissions())
        .containsExactly(
            permission(Permission.READ, "a", ""),
            permission(Permission.READ, "b", ""),
            permission(77, "c", ""));
  }

  @Test
  void whoAsksIsCheckedInOneOrder() {
    addUser("al");
    enable();
    assertThat(read(Principal.NOBODY, "k")).isEqualTo(ErrorCode.USER_EMPTY);
    assertThat(read(new Principal("root", 0), "k")).isEqualTo(ErrorCode.USER_EMPTY);
    assertThat(read(new Principal("root", 1), "k")).isEqualTo(ErrorCode.AUTH_REVISION_OLD);
    assertThat(read(new Principal("missing", 1), "k")).isEqualTo(ErrorCode.AUTH_REVISION_OLD);
    assertThat(read(user("missing"), "k")).isEqualTo(ErrorCode.PERMISSION_DENIED);
    assertThat(read(user(""), "k")).isEqualTo(ErrorCode.PERMISSION_DENIED);
    assertThat(read(user("al"), "k")).isEqualTo(ErrorCode.PERMISSION_DENIED);
    assertThat(read(user("root"), "k")).isNull();
    assertThat(read(new Principal("root", revision() + 9), "k")).isNull();
    assertThat(read(Principal.MEMBER, "k")).isNull();
    ok(new AuthCommand.Disable());
    assertThat(read(Principal.NOBODY, "k")).isNull();
  }

  @Test
  void aTokenIsGrantedOnlyInTheStateInWhichThePasswordWasChecked() {
    assertThat(apply(new AuthCommand.GrantToken("al", 1, Bytes.utf8("h"))))
        .isEqualTo(ErrorCode.AUTH_NOT_ENABLED);
    addUser("al");
    enable();
    tokens.clear();
    long checked = revision();
    addRole("r");
    assertThat(apply(Principal.NOBODY, new AuthCommand.GrantToken("al", checked, Bytes.utf8("h"))))
        .isEqualTo(ErrorCode.AUTH_REVISION_OLD);
    assertThat(
            apply(Principal.NOBODY, new AuthCommand.GrantToken("al", revision(), Bytes.utf8("h"))))
        .isNull();
    assertThat(tokens).containsExactly("granted al h 42");
  }

  @Test
  void tokensEndWithTheirUserAndWithThePassword() {
    addUser("al");
    tokens.clear();
    ok(new AuthCommand.ChangePassword("al", Bytes.utf8("other")));
    ok(new AuthCommand.DeleteUser("al"));
    assertThat(tokens).containsExactly("revoked al", "revoked al");
  }

  @Test
  void theStateOfAnotherMemberEndsAllTokens() {
    enable();
    tokens.clear();
    table.restore(Map.copyOf(facts));
    assertThat(tokens).containsExactly("all revoked");
  }

  @Test
  void aUserWithoutAPasswordNeverGetsOne() {
    ok(new AuthCommand.AddUser("al", Bytes.EMPTY, true));
    long before = revision();
    ok(new AuthCommand.ChangePassword("al", HASH));
    assertThat(revision()).isEqualTo(before + 1);
    assertThat(table.state().users().get("al").passwordHash()).isEqualTo(Bytes.EMPTY);
  }

  @Test
  void namesAreInTheOrderOfTheirBytes() {
    // A surrogate pair comes before U+FFFD in the order of chars, and after it in that of bytes.
    addUser("\ud83d\ude00");
    addUser("\ufffd");
    assertThat(table.state().users().keySet()).containsExactly("\ufffd", "\ud83d\ude00");
  }
}
