package io.kvorum.conformance;

import static io.kvorum.conformance.AuthClient.OK;
import static io.kvorum.conformance.AuthRefusals.DENIED;
import static io.kvorum.conformance.AuthRefusals.NO_USER;
import static io.kvorum.conformance.AuthRequests.leaseGrant;
import static io.kvorum.conformance.AuthRequests.revoke;
import static io.kvorum.conformance.AuthRequests.ttl;
import static io.kvorum.conformance.AuthRpcs.GRANT;
import static io.kvorum.conformance.AuthRpcs.LEASES;
import static io.kvorum.conformance.AuthRpcs.REVOKE;
import static io.kvorum.conformance.AuthRpcs.TTL;
import static io.kvorum.conformance.AuthServer.NOBODY;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.kvorum.proto.etcdserverpb.LeaseGrpc;
import io.kvorum.proto.etcdserverpb.LeaseKeepAliveRequest;
import io.kvorum.proto.etcdserverpb.LeaseKeepAliveResponse;
import io.kvorum.proto.etcdserverpb.LeaseLeasesRequest;
import io.kvorum.testing.StreamAnswers;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Leases with auth on: what is needed to revoke, renew and see those of others. */
@ExtendWith(AuthServer.Shared.class)
final class AuthLeasesIT {
  private final AuthServer server;

  AuthLeasesIT(AuthServer server) {
    this.server = server;
  }

  @TestFactory
  Stream<DynamicTest> requests() {
    LeaseLeasesRequest list = LeaseLeasesRequest.getDefaultInstance();
    return new AuthCases()
        .add("42", NOBODY, GRANT, NO_USER, leaseGrant(60))
        .add("42", "none", GRANT, OK, leaseGrant(60))
        .add("43", "none", REVOKE, "NOT_FOUND etcdserver: requested lease not found", revoke(999))
        .add("44", "none", REVOKE, DENIED, revoke(102))
        .add("44", "wr", REVOKE, DENIED, revoke(104))
        .add("45", NOBODY, REVOKE, NO_USER, revoke(999))
        .add("46", "none", TTL, OK, ttl(101, false), ttl(999, true))
        .add("46", "none", TTL, DENIED, ttl(101, true))
        .add("47", "wr", TTL, DENIED, ttl(101, true))
        .add("47", "rd", TTL, OK, ttl(101, true))
        .add("48", "rd", LEASES, DENIED, list)
        .add("48", "all root", LEASES, OK, list)
        .add("48", NOBODY, LEASES, NO_USER, list)
        .overBothFaces(server);
  }

  @Test
  void aLeaseWithoutKeysMayBeRevokedByAnyUser() {
    long own = server.call("none", GRANT, leaseGrant(60)).getID();
    server.call("none", REVOKE, revoke(own));
    assertThat(server.outcome("none", REVOKE, revoke(105))).as("43: of another user").isEqualTo(OK);
  }

  @Test
  void renewingALeaseNeedsToWriteItsKeys() {
    assertThat(keepAlive("wr", 101)).as("49").isEqualTo("TTL 3000");
    assertThat(keepAlive("rd", 101)).as("49").isEqualTo(DENIED);
    assertThat(keepAlive("none", 101)).as("49").isEqualTo(DENIED);
    assertThat(keepAlive(NOBODY, 101)).as("49").isEqualTo(NO_USER);
    assertThat(keepAlive("none", 999)).as("50").isEqualTo("TTL 0");
    assertThat(keepAlive(NOBODY, 999)).as("50").isEqualTo(NO_USER);
  }

  private String keepAlive(String user, long lease) {
    StreamAnswers<LeaseKeepAliveResponse> answers = new StreamAnswers<>();
    StreamObserver<LeaseKeepAliveRequest> requests =
        server.as(user, LeaseGrpc.newStub(server.channel())).leaseKeepAlive(answers);
    requests.onNext(LeaseKeepAliveRequest.newBuilder().setID(lease).build());
    try {
      long ttlSeconds = answers.next().getTTL();
      requests.onCompleted();
      return "TTL " + ttlSeconds;
    } catch (StatusRuntimeException refused) {
      return AuthClient.textOf(refused.getStatus());
    }
  }
}
