package io.kvorum.conformance;

import static io.kvorum.conformance.AuthClient.OK;
import static io.kvorum.conformance.AuthRefusals.BAD_TOKEN;
import static io.kvorum.conformance.AuthRefusals.DENIED;
import static io.kvorum.conformance.AuthRefusals.NO_USER;
import static io.kvorum.conformance.AuthRequests.authenticate;
import static io.kvorum.conformance.AuthRequests.changePassword;
import static io.kvorum.conformance.AuthRequests.get;
import static io.kvorum.conformance.AuthRequests.grantRole;
import static io.kvorum.conformance.AuthRequests.userAdd;
import static io.kvorum.conformance.AuthRequests.userDelete;
import static io.kvorum.conformance.AuthRequests.userGet;
import static io.kvorum.conformance.AuthRpcs.AUTHENTICATE;
import static io.kvorum.conformance.AuthRpcs.CHANGE_PASSWORD;
import static io.kvorum.conformance.AuthRpcs.GRANT_ROLE;
import static io.kvorum.conformance.AuthRpcs.RANGE;
import static io.kvorum.conformance.AuthRpcs.USER_ADD;
import static io.kvorum.conformance.AuthRpcs.USER_DELETE;
import static io.kvorum.conformance.AuthRpcs.USER_GET;
import static io.kvorum.conformance.AuthRpcs.USER_LIST;
import static io.kvorum.conformance.AuthServer.NOBODY;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.conformance.AuthClient.Face;
import io.kvorum.proto.authpb.UserAddOptions;
import io.kvorum.proto.etcdserverpb.AuthUserAddRequest;
import io.kvorum.proto.etcdserverpb.AuthUserChangePasswordRequest;
import io.kvorum.proto.etcdserverpb.AuthUserListRequest;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Users and their passwords: who may change them, and what becomes of their tokens. */
@ExtendWith(AuthServer.Shared.class)
final class AuthUsersIT {
  private final AuthServer server;

  AuthUsersIT(AuthServer server) {
    this.server = server;
  }

  private static final String NO_PASSWORD =
      "UNKNOWN auth: authentication failed, password was given for no password user";

  @TestFactory
  Stream<DynamicTest> requests() {
    return new AuthCases()
        .add("63", "none", USER_GET, OK, userGet("none"))
        .add("64", "none", USER_GET, DENIED, userGet("rd"), userGet("missing"))
        .add("65", NOBODY, USER_GET, NO_USER, userGet("rd"))
        .add("65", NOBODY, USER_LIST, NO_USER, AuthUserListRequest.getDefaultInstance())
        .add("65", NOBODY, USER_ADD, NO_USER, userAdd("x"))
        .add("66", "none", CHANGE_PASSWORD, DENIED, changePassword("none", "x"))
        .add(
            "73",
            "root",
            USER_DELETE,
            "INVALID_ARGUMENT etcdserver: invalid auth management",
            userDelete("root"))
        .add("empty name", "none", USER_ADD, DENIED, userAdd(""))
        .add(
            "missing",
            "root",
            USER_GET,
            "FAILED_PRECONDITION etcdserver: user name not found",
            userGet("missing"))
        .add(
            "long password",
            "root",
            USER_ADD,
            "UNKNOWN bcrypt: password length exceeds 72 bytes",
            AuthUserAddRequest.newBuilder().setName("long").setPassword("p".repeat(73)).build())
        .add(
            "long name",
            "root",
            USER_ADD,
            "INVALID_ARGUMENT etcdserver: request is too large",
            AuthUserAddRequest.newBuilder().setName("n".repeat(501)).setPassword("p").build())
        .add(
            "login",
            NOBODY,
            AUTHENTICATE,
            "INVALID_ARGUMENT etcdserver: authentication failed, invalid user ID or password",
            authenticate("rd", "x"),
            authenticate("missing", ""))
        .overBothFaces(server);
  }

  @Test
  void aPasswordThatIsChangedEndsTheTokens() {
    server.addUser("pw");
    server.call("root", CHANGE_PASSWORD, changePassword("pw", "new"));
    assertThat(server.outcome("pw", RANGE, get("foo"))).as("67").isEqualTo(BAD_TOKEN);
    assertThat(server.client().login("pw", "new")).isNotEmpty();
    server.call("root", GRANT_ROLE, grantRole("pw", "root"));
    String own = server.client().login("pw", "new");
    server.client().call(CHANGE_PASSWORD, AuthClient.withToken(own), changePassword("pw", "newer"));
    assertThat(server.client().outcome(Face.GRPC, RANGE, own, get("foo")))
        .as("67")
        .isEqualTo(BAD_TOKEN);
    server.call("root", CHANGE_PASSWORD, changePassword("pw", ""));
    assertThat(server.outcome(NOBODY, AUTHENTICATE, authenticate("pw", "")))
        .startsWith("INVALID_ARGUMENT etcdserver: authentication failed");
  }

  @Test
  void whetherTheUserExistsMattersBeforeItsNewHash() {
    server.addUser("hash");
    AuthUserChangePasswordRequest change =
        AuthUserChangePasswordRequest.newBuilder()
            .setName("hash")
            .setHashedPassword("no base64")
            .build();
    assertThat(server.outcome("none", CHANGE_PASSWORD, change)).isEqualTo(DENIED);
    assertThat(server.outcome("root", CHANGE_PASSWORD, change)).isEqualTo(NO_PASSWORD);
    assertThat(
            server.outcome("root", CHANGE_PASSWORD, change.toBuilder().setName("nobody").build()))
        .isEqualTo("FAILED_PRECONDITION etcdserver: user name not found");
  }

  @Test
  void aUserWithoutAPasswordCannotLogIn() {
    AuthUserAddRequest request =
        AuthUserAddRequest.newBuilder()
            .setName("np")
            .setPassword("np")
            .setOptions(UserAddOptions.newBuilder().setNoPassword(true))
            .build();
    server.call("root", USER_ADD, request);
    assertThat(server.outcome(NOBODY, AUTHENTICATE, authenticate("np", "np")))
        .isEqualTo(NO_PASSWORD);
  }
}
