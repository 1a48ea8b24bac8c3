package io.kvorum.conformance;

import static io.kvorum.conformance.AuthClient.OK;
import static io.kvorum.conformance.AuthRefusals.BAD_TOKEN;
import static io.kvorum.conformance.AuthRefusals.DENIED;
import static io.kvorum.conformance.AuthRefusals.NO_USER;
import static io.kvorum.conformance.AuthRefusals.watchReason;
import static io.kvorum.conformance.AuthRequests.READ;
import static io.kvorum.conformance.AuthRequests.bytes;
import static io.kvorum.conformance.AuthRequests.get;
import static io.kvorum.conformance.AuthRequests.put;
import static io.kvorum.conformance.AuthRequests.range;
import static io.kvorum.conformance.AuthRequests.userDelete;
import static io.kvorum.conformance.AuthRpcs.PUT;
import static io.kvorum.conformance.AuthRpcs.RANGE;
import static io.kvorum.conformance.AuthRpcs.REVOKE_PERMISSION;
import static io.kvorum.conformance.AuthRpcs.USER_DELETE;
import static io.kvorum.conformance.AuthServer.BAD;
import static io.kvorum.conformance.AuthServer.NOBODY;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.proto.etcdserverpb.AuthRoleRevokePermissionRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Watchers with auth on: they need to read their range when they are created, and only then. */
@ExtendWith(AuthServer.Shared.class)
final class AuthWatchIT {
  private final AuthServer server;

  AuthWatchIT(AuthServer server) {
    this.server = server;
  }

  private static final String COMPACTED = "etcdserver: mvcc: required revision has been compacted";
  private static final String EMPTY = "mvcc: watcher range is empty";
  private static final String REFUSED = watchReason("PermissionDenied", DENIED);

  @Test
  void aWatcherNeedsToReadItsRange() {
    try (AuthWatches rd = server.watches("rd")) {
      assertThat(rd.create("z", "", 0)).as("53").isEqualTo(REFUSED);
      assertThat(rd.create("foo", "\0", 0)).as("53").isEqualTo(REFUSED);
      assertThat(rd.create("", "\0", 0)).as("53").isEqualTo(REFUSED);
      assertThat(rd.create("foo", "", 0)).as("52").isEqualTo(OK);
      assertThat(rd.create("foo", "fop", 0)).as("52").isEqualTo(OK);
      assertThat(rd.create("fop", "foo", 0)).as("55").isEqualTo(REFUSED);
      assertThat(rd.create("z", "", -1)).as("54").isEqualTo(COMPACTED);
    }
    try (AuthWatches root = server.watches("root")) {
      assertThat(root.create("fop", "foo", 0)).as("55").isEqualTo(EMPTY);
    }
    try (AuthWatches all = server.watches("all")) {
      assertThat(all.create("", "\0", 0)).isEqualTo(OK);
    }
    try (AuthWatches bad = server.watches(BAD)) {
      assertThat(bad.create("foo", "", 0))
          .as("56")
          .isEqualTo(watchReason("Unauthenticated", BAD_TOKEN));
    }
    try (AuthWatches nobody = server.watches(NOBODY)) {
      assertThat(nobody.create("foo", "", 0)).isEqualTo(watchReason("InvalidArgument", NO_USER));
      assertThat(nobody.create("z", "", -1)).as("54").isEqualTo(COMPACTED);
    }
  }

  @Test
  void aWatcherNeedsToReadItsRangeOverJsonToo() {
    assertThat(createOverJson("rd", "foo", "", 0)).as("52").isEqualTo(OK);
    assertThat(createOverJson("rd", "foo", "fop", 0)).as("52").isEqualTo(OK);
    assertThat(createOverJson("rd", "z", "", 0)).as("53").isEqualTo(REFUSED);
    assertThat(createOverJson("rd", "foo", "\0", 0)).as("53").isEqualTo(REFUSED);
    assertThat(createOverJson("rd", "", "\0", 0)).as("53").isEqualTo(REFUSED);
    assertThat(createOverJson("rd", "z", "", -1)).as("54").isEqualTo(COMPACTED);
    assertThat(createOverJson(NOBODY, "z", "", -1)).as("54").isEqualTo(COMPACTED);
    assertThat(createOverJson("rd", "fop", "foo", 0)).as("55").isEqualTo(REFUSED);
    assertThat(createOverJson("root", "fop", "foo", 0)).as("55").isEqualTo(EMPTY);
    assertThat(createOverJson(BAD, "foo", "", 0))
        .as("56")
        .isEqualTo(watchReason("Unauthenticated", BAD_TOKEN));
    assertThat(createOverJson(NOBODY, "foo", "", 0))
        .isEqualTo(watchReason("InvalidArgument", NO_USER));
  }

  private String createOverJson(String user, String key, String end, long startRevision) {
    try (JsonGateway.Stream stream =
        new JsonGateway(server.endpoint())
            .open(
                "/v3/watch", AuthWatches.createJson(key, end, startRevision), server.token(user))) {
      return AuthWatches.outcomeOf(stream.result());
    }
  }

  @Test
  void aWatcherThatExistsIsNotCheckedAgain() {
    server.addUser("w1", range(READ, "w1", ""));
    try (AuthWatches watches = server.watches("w1")) {
      assertThat(watches.create("w1", "", 0)).isEqualTo(OK);
      AuthRoleRevokePermissionRequest revocation =
          AuthRoleRevokePermissionRequest.newBuilder().setRole("w1").setKey(bytes("w1")).build();
      server.call("root", REVOKE_PERMISSION, revocation);
      assertThat(server.outcome("w1", RANGE, get("w1"))).as("68").isEqualTo(DENIED);
      server.call("root", PUT, put("w1").build());
      assertThat(watches.event()).as("69").isEqualTo("w1");
      server.call("root", USER_DELETE, userDelete("w1"));
      server.call("root", PUT, put("w1").build());
      assertThat(watches.event()).as("69").isEqualTo("w1");
      assertThat(server.outcome("w1", RANGE, get("w1"))).as("70").isEqualTo(BAD_TOKEN);
      assertThat(watches.create("w1", "", 0))
          .as("70")
          .isEqualTo(watchReason("Unauthenticated", BAD_TOKEN));
    }
  }
}
