package io.kvorum.conformance;

import static io.kvorum.conformance.AuthClient.OK;
import static io.kvorum.conformance.AuthRefusals.DENIED;
import static io.kvorum.conformance.AuthRequests.READWRITE;
import static io.kvorum.conformance.AuthRequests.get;
import static io.kvorum.conformance.AuthRequests.grantRole;
import static io.kvorum.conformance.AuthRequests.range;
import static io.kvorum.conformance.AuthRequests.roleAdd;
import static io.kvorum.conformance.AuthRequests.roleDelete;
import static io.kvorum.conformance.AuthRequests.roleGet;
import static io.kvorum.conformance.AuthRequests.userGet;
import static io.kvorum.conformance.AuthRpcs.DISABLE;
import static io.kvorum.conformance.AuthRpcs.ENABLE;
import static io.kvorum.conformance.AuthRpcs.GRANT_PERMISSION;
import static io.kvorum.conformance.AuthRpcs.GRANT_ROLE;
import static io.kvorum.conformance.AuthRpcs.RANGE;
import static io.kvorum.conformance.AuthRpcs.REVOKE_ROLE;
import static io.kvorum.conformance.AuthRpcs.ROLE_ADD;
import static io.kvorum.conformance.AuthRpcs.ROLE_DELETE;
import static io.kvorum.conformance.AuthRpcs.ROLE_GET;
import static io.kvorum.conformance.AuthRpcs.USER_GET;
import static io.kvorum.conformance.AuthServer.NOBODY;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.proto.authpb.Permission;
import io.kvorum.proto.etcdserverpb.AuthDisableRequest;
import io.kvorum.proto.etcdserverpb.AuthEnableRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleGrantPermissionRequest;
import io.kvorum.proto.etcdserverpb.AuthUserRevokeRoleRequest;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Roles and their permissions: who may see and change them, and what root may not lose. */
@ExtendWith(AuthServer.Shared.class)
final class AuthRolesIT {
  private final AuthServer server;

  AuthRolesIT(AuthServer server) {
    this.server = server;
  }

  private static final String MANAGEMENT = "INVALID_ARGUMENT etcdserver: invalid auth management";

  @TestFactory
  Stream<DynamicTest> requests() {
    return new AuthCases()
        .add("63", "none", ROLE_GET, OK, roleGet("none"))
        .add("64", "none", ROLE_GET, DENIED, roleGet("missing"))
        .add("73", "root", ROLE_DELETE, MANAGEMENT, roleDelete("root"))
        .add(
            "73",
            "root",
            REVOKE_ROLE,
            MANAGEMENT,
            AuthUserRevokeRoleRequest.newBuilder().setName("root").setRole("root").build())
        .add(
            "missing",
            "root",
            ROLE_GET,
            "FAILED_PRECONDITION etcdserver: role name not found",
            roleGet("missing"),
            roleGet("root"))
        .add(
            "no permission",
            "root",
            GRANT_PERMISSION,
            "INVALID_ARGUMENT etcdserver: permission not given",
            AuthRoleGrantPermissionRequest.newBuilder().setName("none").build())
        .overBothFaces(server);
  }

  @Test
  void aRoleThatIsDeletedIsTakenFromItsUsers() {
    server.addUser("gone", range(READWRITE, "gone", ""));
    assertThat(server.outcome("gone", RANGE, get("gone"))).isEqualTo(OK);
    server.call("root", ROLE_DELETE, roleDelete("gone"));
    assertThat(server.outcome("gone", RANGE, get("gone"))).as("72").isEqualTo(DENIED);
    assertThat(server.call("root", USER_GET, userGet("gone")).getRolesList()).isEmpty();
  }

  @Test
  void theRoleRootIsShownWithEverythingOnceItExists() {
    server.call("root", ROLE_ADD, roleAdd("root"));
    try {
      Permission shown = server.call("root", ROLE_GET, roleGet("root")).getPerm(0);
      assertThat(shown).isEqualTo(range(READWRITE, "", "\0"));
    } finally {
      server.call("root", DISABLE, AuthDisableRequest.getDefaultInstance());
      server.call(NOBODY, ROLE_DELETE, roleDelete("root"));
      server.call(NOBODY, GRANT_ROLE, grantRole("root", "root"));
      server.call(NOBODY, GRANT_ROLE, grantRole("adm", "root"));
      server.call(NOBODY, ENABLE, AuthEnableRequest.getDefaultInstance());
      server.login();
    }
  }
}
