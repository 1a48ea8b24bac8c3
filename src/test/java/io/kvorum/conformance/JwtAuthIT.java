package io.kvorum.conformance;

import static io.kvorum.conformance.AuthClient.OK;
import static io.kvorum.conformance.AuthRefusals.BAD_TOKEN;
import static io.kvorum.conformance.AuthRefusals.watchReason;
import static io.kvorum.conformance.AuthRequests.authenticate;
import static io.kvorum.conformance.AuthRequests.get;
import static io.kvorum.conformance.AuthRequests.grantRole;
import static io.kvorum.conformance.AuthRequests.leaseGrant;
import static io.kvorum.conformance.AuthRequests.put;
import static io.kvorum.conformance.AuthRequests.roleAdd;
import static io.kvorum.conformance.AuthRequests.userAdd;
import static io.kvorum.conformance.AuthRpcs.AUTHENTICATE;
import static io.kvorum.conformance.AuthRpcs.AUTH_STATUS;
import static io.kvorum.conformance.AuthRpcs.COMPACT;
import static io.kvorum.conformance.AuthRpcs.ENABLE;
import static io.kvorum.conformance.AuthRpcs.GRANT;
import static io.kvorum.conformance.AuthRpcs.GRANT_ROLE;
import static io.kvorum.conformance.AuthRpcs.PUT;
import static io.kvorum.conformance.AuthRpcs.RANGE;
import static io.kvorum.conformance.AuthRpcs.ROLE_ADD;
import static io.kvorum.conformance.AuthRpcs.STATUS;
import static io.kvorum.conformance.AuthRpcs.TXN;
import static io.kvorum.conformance.AuthRpcs.USER_ADD;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.kvorum.auth.JwtKeys;
import io.kvorum.auth.JwtTokens;
import io.kvorum.conformance.AuthClient.Face;
import io.kvorum.conformance.AuthClient.Rpc;
import io.kvorum.proto.etcdserverpb.AuthEnableRequest;
import io.kvorum.proto.etcdserverpb.AuthStatusRequest;
import io.kvorum.proto.etcdserverpb.CompactionRequest;
import io.kvorum.proto.etcdserverpb.LeaseGrantRequest;
import io.kvorum.proto.etcdserverpb.MaintenanceGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.SnapshotRequest;
import io.kvorum.proto.etcdserverpb.SnapshotResponse;
import io.kvorum.proto.etcdserverpb.StatusRequest;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import io.kvorum.testing.Await;
import io.kvorum.testing.ServerProcess;
import io.kvorum.testing.ServerUnderTest;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens that are signed: what they stand for later, and members that only verify them. */
final class JwtAuthIT {
  private static final String OLD = "INVALID_ARGUMENT etcdserver: revision of auth store is old";

  @TempDir private Path directory;

  private int tokensMade;

  private static <Q extends Message, A extends Message> A ok(
      AuthClient client, @Nullable String token, Rpc<Q, A> rpc, Q request) {
    return client.call(rpc, AuthClient.withToken(token), request);
  }

  private static void enable(AuthClient client) {
    ok(client, null, USER_ADD, userAdd("root"));
    ok(client, null, GRANT_ROLE, grantRole("root", "root"));
    ok(client, null, ENABLE, AuthEnableRequest.getDefaultInstance());
  }

  @Test
  void aTokenFromBeforeAChangeOfAuthIsTooOldForKeys() throws Exception {
    Path secret =
        Files.writeString(directory.resolve("secret"), "a secret of some length ".repeat(3));
    String flag = "--auth-token=jwt,sign-method=HS256,ttl=1h,priv-key=" + secret;
    try (ServerProcess server = ServerUnderTest.startOwn(List.of(flag, "--bcrypt-cost=4"));
        AuthClient client = new AuthClient(server.endpoint())) {
      enable(client);
      ServerUnderTest.awaitJson(server.endpoint());
      String token = client.login("root", "root");
      assertThat(client.outcome(Face.GRPC, RANGE, token, get("foo"))).isEqualTo(OK);
      ok(client, token, ROLE_ADD, roleAdd("r"));
      for (Face face : Face.values()) {
        PutRequest put = put("foo").build();
        assertThat(client.outcome(face, RANGE, token, get("foo"))).as("76, 78").isEqualTo(OLD);
        assertThat(client.outcome(face, PUT, token, put)).as("76").isEqualTo(OLD);
        assertThat(client.outcome(face, STATUS, token, StatusRequest.getDefaultInstance()))
            .as("77")
            .isEqualTo(OK);
        LeaseGrantRequest grant = leaseGrant(60);
        assertThat(client.outcome(face, GRANT, token, grant)).as("77").isEqualTo(OK);
        assertThat(client.outcome(face, ROLE_ADD, token, roleAdd("by " + face)))
            .as("78")
            .isEqualTo(OK);
        assertThat(client.outcome(face, RANGE, token + "x", get("foo")))
            .as("80")
            .isEqualTo(BAD_TOKEN);
      }
      assertThat(client.outcome(Face.GRPC, TXN, token, TxnRequest.getDefaultInstance()))
          .as("76: one that reads nothing is as old as any other")
          .isEqualTo(OLD);
      try (AuthWatches watches = new AuthWatches(client, token)) {
        assertThat(watches.create("foo", "", 0))
            .as("76")
            .isEqualTo(watchReason("InvalidArgument", OLD));
      }
      assertThat(
              client.outcome(
                  Face.GRPC, COMPACT, token, CompactionRequest.newBuilder().setRevision(1).build()))
          .as("78")
          .isEqualTo(OK);
      String fresh = client.login("root", "root");
      assertThat(client.outcome(Face.GRPC, RANGE, fresh, get("foo"))).isEqualTo(OK);
      assertThatAnExpiredTokenIsRefused(client, secret);
    }
  }

  private static void assertThatAnExpiredTokenIsRefused(AuthClient client, Path secret)
      throws Exception {
    JwtTokens past =
        new JwtTokens(
            JwtKeys.read("HS256", secret.toString(), ""),
            Duration.ofHours(1),
            Clock.fixed(Instant.now().minus(Duration.ofHours(2)), ZoneOffset.UTC));
    String expired = past.sign("root", revision(client));
    for (Face face : Face.values()) {
      assertThat(client.outcome(face, RANGE, expired, get("foo"))).as("79").isEqualTo(BAD_TOKEN);
      assertThat(client.outcome(face, ROLE_ADD, expired, roleAdd("r")))
          .as("79")
          .isEqualTo(BAD_TOKEN);
      assertThat(client.outcome(face, STATUS, expired, StatusRequest.getDefaultInstance()))
          .as("79")
          .isEqualTo(BAD_TOKEN);
    }
    assertThat(client.post(RANGE, expired, get("foo")).headers().firstValue("Www-Authenticate"))
        .as("79")
        .contains("etcdserver: invalid auth token");
  }

  private static long revision(AuthClient client) {
    return ok(client, null, AUTH_STATUS, AuthStatusRequest.getDefaultInstance()).getAuthRevision();
  }

  @Test
  void aMemberThatOnlyVerifiesStaysHealthyAndEndsLeases() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    KeyPair pair = generator.generateKeyPair();
    Path publicKey =
        Files.writeString(
            directory.resolve("public.pem"),
            "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(pair.getPublic().getEncoded())
                + "\n-----END PUBLIC KEY-----\n");
    Path privateKey =
        Files.writeString(
            directory.resolve("private.pem"),
            "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(pair.getPrivate().getEncoded())
                + "\n-----END PRIVATE KEY-----\n");
    JwtKeys keys = JwtKeys.read("RS256", privateKey.toString(), publicKey.toString());
    JwtTokens signer = new JwtTokens(keys, Duration.ofHours(1), Clock.systemUTC());
    String flag = "--auth-token=jwt,sign-method=RS256,pub-key=" + publicKey;
    try (ServerProcess server = ServerUnderTest.startOwn(List.of(flag, "--bcrypt-cost=4"));
        AuthClient client = new AuthClient(server.endpoint())) {
      enable(client);
      assertThat(client.outcome(Face.GRPC, AUTHENTICATE, null, authenticate("root", "root")))
          .isEqualTo("UNKNOWN auth: token signing attempted with verify-only key");
      String root = signer.sign("root", revision(client));
      long lease = ok(client, root, GRANT, leaseGrant(2)).getID();
      ok(client, root, PUT, put("k").setLease(lease).build());
      Await.until(
          "the key of the lease is gone",
          Duration.ofSeconds(30),
          () -> ok(client, root, RANGE, get("k")).getCount() == 0);
      HttpResponse<String> health =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(server.endpoint().resolve("/health")).build(),
                  HttpResponse.BodyHandlers.ofString());
      assertThat(health.statusCode()).isEqualTo(200);
      assertThatANewTokenIsVerifiedWhereverItIsShownFirst(client, keys);
    }
  }

  /** Each call is the first with its token. */
  private void assertThatANewTokenIsVerifiedWhereverItIsShownFirst(AuthClient client, JwtKeys keys)
      throws Exception {
    long revision = revision(client);
    for (Face face : Face.values()) {
      assertThat(
              client.outcome(
                  face, STATUS, fresh(keys, revision), StatusRequest.getDefaultInstance()))
          .isEqualTo(OK);
      assertThat(client.outcome(face, RANGE, fresh(keys, revision), get("k"))).isEqualTo(OK);
      assertThat(client.outcome(face, GRANT, fresh(keys, revision), leaseGrant(60))).isEqualTo(OK);
      assertThat(client.outcome(face, RANGE, fresh(keys, revision) + "x", get("k")))
          .isEqualTo(BAD_TOKEN);
    }
    try (AuthWatches watch = new AuthWatches(client, fresh(keys, revision))) {
      assertThat(watch.create("k", "", 0)).isEqualTo(OK);
    }
    Rpc<SnapshotRequest, SnapshotResponse> snapshot =
        new Rpc<>(MaintenanceGrpc.getSnapshotMethod(), "/v3/maintenance/snapshot");
    SnapshotRequest whole = SnapshotRequest.getDefaultInstance();
    assertThat(
            AuthClient.as(fresh(keys, revision), MaintenanceGrpc.newBlockingStub(client.channel()))
                .snapshot(whole))
        .toIterable()
        .isNotEmpty();
    assertThat(client.post(snapshot, fresh(keys, revision), whole).statusCode()).isEqualTo(200);
  }

  /** Its end makes each another one. */
  private String fresh(JwtKeys keys, long revision) {
    Duration ttl = Duration.ofHours(1).plusSeconds(++tokensMade);
    return new JwtTokens(keys, ttl, Clock.systemUTC()).sign("root", revision);
  }
}
