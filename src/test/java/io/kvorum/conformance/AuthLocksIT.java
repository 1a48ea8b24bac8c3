package io.kvorum.conformance;

import static io.kvorum.conformance.AuthClient.OK;
import static io.kvorum.conformance.AuthRequests.campaign;
import static io.kvorum.conformance.AuthRequests.get;
import static io.kvorum.conformance.AuthRequests.leader;
import static io.kvorum.conformance.AuthRequests.lock;
import static io.kvorum.conformance.AuthRequests.unlock;
import static io.kvorum.conformance.AuthRpcs.CAMPAIGN;
import static io.kvorum.conformance.AuthRpcs.LEADER;
import static io.kvorum.conformance.AuthRpcs.LOCK;
import static io.kvorum.conformance.AuthRpcs.RANGE;
import static io.kvorum.conformance.AuthRpcs.UNLOCK;
import static io.kvorum.conformance.AuthServer.NOBODY;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.ByteString;
import io.grpc.Context;
import io.kvorum.conformance.AuthClient.Face;
import io.kvorum.conformance.AuthClient.Rpc;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.v3electionpb.CampaignResponse;
import io.kvorum.proto.v3electionpb.ElectionGrpc;
import io.kvorum.proto.v3lockpb.LockGrpc;
import io.kvorum.proto.v3lockpb.LockResponse;
import io.kvorum.proto.v3lockpb.UnlockRequest;
import io.kvorum.testing.Await;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Locks and elections with auth on: they need what their keys need. */
@ExtendWith(AuthServer.Shared.class)
final class AuthLocksIT {
  private final AuthServer server;

  AuthLocksIT(AuthServer server) {
    this.server = server;
  }

  private static final String DENIED_INSIDE = "UNKNOWN etcdserver: permission denied";
  private static final String NO_USER_INSIDE = "UNKNOWN etcdserver: user name is empty";

  @TestFactory
  Stream<DynamicTest> requests() {
    return new AuthCases()
        .add("lock", "rd", LOCK, DENIED_INSIDE, lock("foo").setLease(103).build())
        .add("lock", NOBODY, LOCK, NO_USER_INSIDE, lock("foo").setLease(103).build())
        .add("unlock", "rd", UNLOCK, DENIED_INSIDE, unlock("foo/1"))
        .add("election", "none", LEADER, DENIED_INSIDE, leader("foo"))
        .add("election", "wr", CAMPAIGN, DENIED_INSIDE, campaign("foo").setLease(103).build())
        .overBothFaces(server);
  }

  @Test
  void aUserThatMayReadAndWriteItsKeysMayLock() {
    ByteString key = server.call("rw", LOCK, lock("foo-lock").build()).getKey();
    RangeRequest read = RangeRequest.newBuilder().setKey(key).build();
    assertThat(server.call("rw", RANGE, read).getCount()).isEqualTo(1);
    server.call("rw", UNLOCK, UnlockRequest.newBuilder().setKey(key).build());
    assertThat(server.call("rw", RANGE, read).getCount()).isZero();
  }

  /** What each of the services answers to users with different rights on the keys of its name. */
  @TestFactory
  Stream<DynamicTest> locksAndElectionsNeedWhatTheirKeysNeed() {
    server.call("root", CAMPAIGN, campaign("foo-led").setLease(106).build());
    AuthCases cases = new AuthCases();
    for (String[] row :
        new String[][] {
          {"rw", OK, OK, OK, OK},
          {"wr", DENIED_INSIDE, OK, DENIED_INSIDE, DENIED_INSIDE},
          {"rd", DENIED_INSIDE, DENIED_INSIDE, DENIED_INSIDE, OK},
          {"none", DENIED_INSIDE, DENIED_INSIDE, DENIED_INSIDE, DENIED_INSIDE},
          {NOBODY, NO_USER_INSIDE, NO_USER_INSIDE, NO_USER_INSIDE, NO_USER_INSIDE}
        }) {
      cases
          .add("lock", row[0], LOCK, row[1], lock("foo-l").build())
          .add("unlock", row[0], UNLOCK, row[2], unlock("foo-none/1"))
          .add("campaign", row[0], CAMPAIGN, row[3], campaign("foo-e").build())
          .add("leader", row[0], LEADER, row[4], leader("foo-led"));
    }
    return cases.over(Face.GRPC, server);
  }

  @Test
  void anObservationByAUserThatMayNotReadEndsWithoutAnError() throws Exception {
    server.call("root", CAMPAIGN, campaign("foo-seen").setLease(106).build());
    assertThat(observe("rw")).isEqualTo("an item");
    assertThat(observe("rd")).isEqualTo("an item");
    for (String user : List.of("wr", "none", NOBODY)) {
      assertThat(observe(user)).as(user).isEqualTo("the end");
    }
    HttpResponse<String> overJson =
        server
            .client()
            .post(
                new Rpc<>(ElectionGrpc.getObserveMethod(), "/v3/election/observe"),
                server.token("none"),
                leader("foo-seen"));
    assertThat(overJson.statusCode()).isEqualTo(200);
    assertThat(overJson.body()).isEmpty();
  }

  private String observe(String user) throws Exception {
    try (Context.CancellableContext call = Context.current().withCancellation()) {
      return call.call(
          () ->
              server
                      .as(user, ElectionGrpc.newBlockingStub(server.channel()))
                      .observe(leader("foo-seen"))
                      .hasNext()
                  ? "an item"
                  : "the end");
    }
  }

  @Test
  void aLeaseWithAKeyThatTheUserMayNotWriteIsNoGoodForALock() {
    assertThat(server.outcome("rw", LOCK, lock("foo-m").setLease(102).build()))
        .isEqualTo(DENIED_INSIDE);
  }

  @Test
  void aCallThatIsCancelledWhileItWaitsLeavesNoKey() {
    server.call("rw", LOCK, lock("foo-q").build());
    ListenableFuture<LockResponse> lock =
        server.as("rw", LockGrpc.newFutureStub(server.channel())).lock(lock("foo-q").build());
    awaitKeys("foo-q/", 2);
    ListenableFuture<CampaignResponse> campaign =
        server
            .as("rw", ElectionGrpc.newFutureStub(server.channel()))
            .campaign(campaign("foo-q").build());
    awaitKeys("foo-q/", 3);
    assertThat(lock.cancel(true)).isTrue();
    assertThat(campaign.cancel(true)).isTrue();
    awaitKeys("foo-q/", 1);
  }

  private void awaitKeys(String prefix, long count) {
    Await.until(
        count + " keys",
        Duration.ofSeconds(20),
        () ->
            server.call("root", RANGE, get(prefix, prefix.replace('/', '0'))).getCount() == count);
  }
}
