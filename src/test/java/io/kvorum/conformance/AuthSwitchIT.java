package io.kvorum.conformance;

import static io.kvorum.conformance.AuthClient.OK;
import static io.kvorum.conformance.AuthRefusals.BAD_TOKEN;
import static io.kvorum.conformance.AuthRefusals.DENIED;
import static io.kvorum.conformance.AuthRefusals.NO_USER;
import static io.kvorum.conformance.AuthRefusals.watchReason;
import static io.kvorum.conformance.AuthRequests.authenticate;
import static io.kvorum.conformance.AuthRequests.get;
import static io.kvorum.conformance.AuthRequests.put;
import static io.kvorum.conformance.AuthRpcs.AUTHENTICATE;
import static io.kvorum.conformance.AuthRpcs.AUTH_STATUS;
import static io.kvorum.conformance.AuthRpcs.DISABLE;
import static io.kvorum.conformance.AuthRpcs.ENABLE;
import static io.kvorum.conformance.AuthRpcs.PUT;
import static io.kvorum.conformance.AuthRpcs.RANGE;
import static io.kvorum.conformance.AuthServer.BAD;
import static io.kvorum.conformance.AuthServer.NOBODY;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.conformance.AuthClient.Face;
import io.kvorum.proto.etcdserverpb.AuthDisableRequest;
import io.kvorum.proto.etcdserverpb.AuthEnableRequest;
import io.kvorum.proto.etcdserverpb.AuthStatusRequest;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Switching auth on and off: what is checked, and what becomes of tokens and watchers. */
@ExtendWith(AuthServer.Shared.class)
final class AuthSwitchIT {
  private final AuthServer server;

  AuthSwitchIT(AuthServer server) {
    this.server = server;
  }

  @TestFactory
  Stream<DynamicTest> requests() {
    return new AuthCases()
        .add("status", "- none", AUTH_STATUS, OK, AuthStatusRequest.getDefaultInstance())
        .add("again", "root", ENABLE, OK, AuthEnableRequest.getDefaultInstance())
        .add("again", "none", ENABLE, DENIED, AuthEnableRequest.getDefaultInstance())
        .overBothFaces(server);
  }

  @Test
  void withAuthOffTokensAreNotLookedAtAndOldOnesStayInvalid() {
    String before = server.token("root");
    server.call("root", DISABLE, AuthDisableRequest.getDefaultInstance());
    try (AuthWatches early = server.watches(NOBODY)) {
      assertThat(server.outcome(Face.GRPC, BAD, RANGE, get("foo"))).as("74").isEqualTo(OK);
      assertThat(server.outcome(Face.JSON, BAD, RANGE, get("foo"))).as("74").isEqualTo(OK);
      assertThat(server.outcome(NOBODY, AUTHENTICATE, authenticate("rd", "rd")))
          .isEqualTo("FAILED_PRECONDITION etcdserver: authentication is not enabled");
      assertThat(early.create("foo", "", 0)).isEqualTo(OK);
      server.call(NOBODY, ENABLE, AuthEnableRequest.getDefaultInstance());
      assertThat(server.client().outcome(Face.GRPC, RANGE, before, get("foo")))
          .as("75")
          .isEqualTo(BAD_TOKEN);
      server.login();
      server.call("root", PUT, put("foo").build());
      assertThat(early.event()).as("71").isEqualTo("foo");
      assertThat(early.create("foo", "", 0))
          .as("71")
          .isEqualTo(watchReason("InvalidArgument", NO_USER));
    }
  }
}
