package io.kvorum.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.kvorum.auth.JwtKeys;
import io.kvorum.auth.JwtTokens;
import io.kvorum.conformance.AuthClient.Face;
import io.kvorum.conformance.AuthClient.Rpc;
import io.kvorum.proto.etcdserverpb.AuthEnableRequest;
import io.kvorum.proto.etcdserverpb.AuthEnableResponse;
import io.kvorum.proto.etcdserverpb.AuthGrpc;
import io.kvorum.proto.etcdserverpb.AuthRoleAddRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleAddResponse;
import io.kvorum.proto.etcdserverpb.AuthStatusRequest;
import io.kvorum.proto.etcdserverpb.AuthUserAddRequest;
import io.kvorum.proto.etcdserverpb.AuthUserGrantRoleRequest;
import io.kvorum.proto.etcdserverpb.AuthenticateRequest;
import io.kvorum.proto.etcdserverpb.AuthenticateResponse;
import io.kvorum.proto.etcdserverpb.CompactionRequest;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.LeaseGrantRequest;
import io.kvorum.proto.etcdserverpb.LeaseGrantResponse;
import io.kvorum.proto.etcdserverpb.LeaseGrpc;
import io.kvorum.proto.etcdserverpb.MaintenanceGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.PutResponse;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RangeResponse;
import io.kvorum.proto.etcdserverpb.StatusRequest;
import io.kvorum.proto.etcdserverpb.StatusResponse;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import io.kvorum.proto.etcdserverpb.TxnResponse;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest;
import io.kvorum.proto.etcdserverpb.WatchGrpc;
import io.kvorum.proto.etcdserverpb.WatchRequest;
import io.kvorum.proto.etcdserverpb.WatchResponse;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens that are signed: what they stand for later, and members that only verify them. */
final class JwtAuthIT {
  private static final String OLD = "INVALID_ARGUMENT etcdserver: revision of auth store is old";
  private static final String OLD_TEXT =
      "rpc error: code = InvalidArgument desc = etcdserver: revision of auth store is old";
  private static final String INVALID = "UNAUTHENTICATED etcdserver: invalid auth token";

  private static final Rpc<RangeRequest, RangeResponse> RANGE =
      new Rpc<>(KVGrpc.getRangeMethod(), "/v3/kv/range");
  private static final Rpc<PutRequest, PutResponse> PUT =
      new Rpc<>(KVGrpc.getPutMethod(), "/v3/kv/put");
  private static final Rpc<TxnRequest, TxnResponse> TXN =
      new Rpc<>(KVGrpc.getTxnMethod(), "/v3/kv/txn");
  private static final Rpc<LeaseGrantRequest, LeaseGrantResponse> GRANT =
      new Rpc<>(LeaseGrpc.getLeaseGrantMethod(), "/v3/lease/grant");
  private static final Rpc<StatusRequest, StatusResponse> STATUS =
      new Rpc<>(MaintenanceGrpc.getStatusMethod(), "/v3/maintenance/status");
  private static final Rpc<AuthRoleAddRequest, AuthRoleAddResponse> ROLE_ADD =
      new Rpc<>(AuthGrpc.getRoleAddMethod(), "/v3/auth/role/add");
  private static final Rpc<AuthEnableRequest, AuthEnableResponse> ENABLE =
      new Rpc<>(AuthGrpc.getAuthEnableMethod(), "/v3/auth/enable");
  private static final Rpc<AuthenticateRequest, AuthenticateResponse> AUTHENTICATE =
      new Rpc<>(AuthGrpc.getAuthenticateMethod(), "/v3/auth/authenticate");

  @TempDir private Path directory;

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private static RangeRequest get(String key) {
    return RangeRequest.newBuilder().setKey(bytes(key)).build();
  }

  private static <Q extends Message, A extends Message> A ok(
      AuthClient client, @Nullable String token, Rpc<Q, A> rpc, Q request) {
    return client.call(rpc, AuthClient.withToken(token), request);
  }

  private static void enable(AuthClient client) {
    ok(
        client,
        null,
        new Rpc<>(AuthGrpc.getUserAddMethod(), null),
        AuthUserAddRequest.newBuilder().setName("root").setPassword("root").build());
    ok(
        client,
        null,
        new Rpc<>(AuthGrpc.getUserGrantRoleMethod(), null),
        AuthUserGrantRoleRequest.newBuilder().setUser("root").setRole("root").build());
    ok(client, null, ENABLE, AuthEnableRequest.getDefaultInstance());
  }

  private static AuthRoleAddRequest role(String name) {
    return AuthRoleAddRequest.newBuilder().setName(name).build();
  }

  @Test
  void aTokenFromBeforeAChangeOfAuthIsTooOldForKeys() throws Exception {
    Path secret =
        Files.writeString(directory.resolve("secret"), "a secret of some length ".repeat(3));
    String flag = "--auth-token=jwt,sign-method=HS256,ttl=1h,priv-key=" + secret;
    try (ServerProcess server = ServerUnderTest.startOwn(List.of(flag, "--bcrypt-cost=4"));
        AuthClient client = new AuthClient(server.endpoint())) {
      enable(client);
      String token = client.login("root", "root");
      assertThat(client.outcome(Face.GRPC, RANGE, token, get("foo"))).isEqualTo(AuthClient.OK);
      ok(client, token, ROLE_ADD, role("r"));
      for (Face face : Face.values()) {
        PutRequest put = PutRequest.newBuilder().setKey(bytes("foo")).build();
        assertThat(client.outcome(face, RANGE, token, get("foo"))).as("76, 78").isEqualTo(OLD);
        assertThat(client.outcome(face, PUT, token, put)).as("76").isEqualTo(OLD);
        assertThat(client.outcome(face, STATUS, token, StatusRequest.getDefaultInstance()))
            .as("77")
            .isEqualTo(AuthClient.OK);
        LeaseGrantRequest grant = LeaseGrantRequest.newBuilder().setTTL(60).build();
        assertThat(client.outcome(face, GRANT, token, grant)).as("77").isEqualTo(AuthClient.OK);
        assertThat(client.outcome(face, ROLE_ADD, token, role("by " + face)))
            .as("78")
            .isEqualTo(AuthClient.OK);
        assertThat(client.outcome(face, RANGE, token + "x", get("foo")))
            .as("80")
            .isEqualTo(INVALID);
      }
      assertThat(client.outcome(Face.GRPC, TXN, token, TxnRequest.getDefaultInstance()))
          .as("76: one that reads nothing is as old as any other")
          .isEqualTo(OLD);
      assertThat(watchOf(client, token)).as("76").isEqualTo(OLD_TEXT);
      assertThat(
              client.outcome(
                  Face.GRPC,
                  new Rpc<>(KVGrpc.getCompactMethod(), "/v3/kv/compaction"),
                  token,
                  CompactionRequest.newBuilder().setRevision(1).build()))
          .as("78")
          .isEqualTo(AuthClient.OK);
      String fresh = client.login("root", "root");
      assertThat(client.outcome(Face.GRPC, RANGE, fresh, get("foo"))).isEqualTo(AuthClient.OK);
      assertThatAnExpiredTokenIsRefused(client, secret);
    }
  }

  /** Why the creation of a watcher is refused; empty if it is not. */
  private static String watchOf(AuthClient client, String token) throws Exception {
    CompletableFuture<WatchResponse> answer = new CompletableFuture<>();
    StreamObserver<WatchRequest> requests =
        WatchGrpc.newStub(client.channel())
            .withInterceptors(
                MetadataUtils.newAttachHeadersInterceptor(AuthClient.withToken(token)))
            .watch(
                new StreamObserver<>() {
                  @Override
                  public void onNext(WatchResponse first) {
                    answer.complete(first);
                  }

                  @Override
                  public void onError(Throwable failure) {
                    answer.completeExceptionally(failure);
                  }

                  @Override
                  public void onCompleted() {}
                });
    requests.onNext(
        WatchRequest.newBuilder()
            .setCreateRequest(WatchCreateRequest.newBuilder().setKey(bytes("foo")))
            .build());
    WatchResponse created = answer.get(20, TimeUnit.SECONDS);
    requests.onCompleted();
    return created.getCancelReason();
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
      assertThat(client.outcome(face, RANGE, expired, get("foo"))).as("79").isEqualTo(INVALID);
      assertThat(client.outcome(face, ROLE_ADD, expired, role("r"))).as("79").isEqualTo(INVALID);
      assertThat(client.outcome(face, STATUS, expired, StatusRequest.getDefaultInstance()))
          .as("79")
          .isEqualTo(INVALID);
    }
    assertThat(client.post(RANGE, expired, get("foo")).headers().firstValue("Www-Authenticate"))
        .as("79")
        .contains("etcdserver: invalid auth token");
  }

  private static long revision(AuthClient client) {
    return ok(
            client,
            null,
            new Rpc<>(AuthGrpc.getAuthStatusMethod(), null),
            AuthStatusRequest.getDefaultInstance())
        .getAuthRevision();
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
    JwtTokens signer =
        new JwtTokens(
            JwtKeys.read("RS256", privateKey.toString(), publicKey.toString()),
            Duration.ofHours(1),
            Clock.systemUTC());
    String flag = "--auth-token=jwt,sign-method=RS256,pub-key=" + publicKey;
    try (ServerProcess server = ServerUnderTest.startOwn(List.of(flag, "--bcrypt-cost=4"));
        AuthClient client = new AuthClient(server.endpoint())) {
      enable(client);
      assertThat(
              client.outcome(
                  Face.GRPC,
                  AUTHENTICATE,
                  null,
                  AuthenticateRequest.newBuilder().setName("root").setPassword("root").build()))
          .isEqualTo("UNKNOWN auth: token signing attempted with verify-only key");
      String root = signer.sign("root", revision(client));
      long lease =
          ok(client, root, GRANT, LeaseGrantRequest.newBuilder().setTTL(2).build()).getID();
      ok(client, root, PUT, PutRequest.newBuilder().setKey(bytes("k")).setLease(lease).build());
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
    }
  }
}
