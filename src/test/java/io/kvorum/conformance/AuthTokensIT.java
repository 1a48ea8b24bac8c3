package io.kvorum.conformance;

import static io.kvorum.conformance.AuthClient.OK;
import static io.kvorum.conformance.AuthRefusals.BAD_TOKEN;
import static io.kvorum.conformance.AuthRefusals.DENIED;
import static io.kvorum.conformance.AuthRefusals.NO_USER;
import static io.kvorum.conformance.AuthRefusals.watchReason;
import static io.kvorum.conformance.AuthRequests.authenticate;
import static io.kvorum.conformance.AuthRequests.get;
import static io.kvorum.conformance.AuthRequests.leaseGrant;
import static io.kvorum.conformance.AuthRequests.put;
import static io.kvorum.conformance.AuthRpcs.AUTHENTICATE;
import static io.kvorum.conformance.AuthRpcs.AUTH_STATUS;
import static io.kvorum.conformance.AuthRpcs.GRANT;
import static io.kvorum.conformance.AuthRpcs.MEMBERS;
import static io.kvorum.conformance.AuthRpcs.PUT;
import static io.kvorum.conformance.AuthRpcs.RANGE;
import static io.kvorum.conformance.AuthRpcs.STATUS;
import static io.kvorum.conformance.AuthServer.BAD;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.grpc.Metadata;
import io.kvorum.conformance.AuthClient.Face;
import io.kvorum.proto.etcdserverpb.AuthStatusRequest;
import io.kvorum.proto.etcdserverpb.MemberListRequest;
import io.kvorum.proto.etcdserverpb.StatusRequest;
import io.kvorum.testing.RawHttp;
import io.kvorum.testing.RawWebSocket;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Tokens: where a request may carry one, which are refused, and what becomes of them. */
@ExtendWith(AuthServer.Shared.class)
final class AuthTokensIT {
  private final AuthServer server;

  AuthTokensIT(AuthServer server) {
    this.server = server;
  }

  @TestFactory
  Stream<DynamicTest> aTokenOfNobodyIsRefusedWhereverTokensAreLookedAt() {
    return new AuthCases()
        .add("61", BAD, AUTH_STATUS, BAD_TOKEN, AuthStatusRequest.getDefaultInstance())
        .add("61", BAD, STATUS, BAD_TOKEN, StatusRequest.getDefaultInstance())
        .add("61", BAD, RANGE, BAD_TOKEN, get("foo"))
        .add("61", BAD, PUT, BAD_TOKEN, put("foo").build())
        .add("61", BAD, GRANT, BAD_TOKEN, leaseGrant(60))
        .add("61", BAD, MEMBERS, BAD_TOKEN, MemberListRequest.getDefaultInstance())
        .add("62", BAD, AUTHENTICATE, OK, authenticate("rd", "rd"))
        .overBothFaces(server);
  }

  @Test
  void tokensAreReadFromTheFirstOfTheirPlacesThatThereIs() {
    String good = server.token("rd");
    Metadata.Key<String> token = Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);
    Metadata.Key<String> authorization =
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    Metadata both = new Metadata();
    both.put(token, "bad");
    both.put(authorization, good);
    assertThat(range(both)).as("81").isEqualTo(BAD_TOKEN);
    Metadata badFirst = new Metadata();
    badFirst.put(token, "bad");
    badFirst.put(token, good);
    assertThat(range(badFirst)).as("81").isEqualTo(BAD_TOKEN);
    Metadata goodFirst = new Metadata();
    goodFirst.put(token, good);
    goodFirst.put(token, "bad");
    assertThat(range(goodFirst)).as("82").isEqualTo(OK);
    Metadata bearer = new Metadata();
    bearer.put(authorization, "Bearer " + good);
    assertThat(range(bearer)).as("82").isEqualTo(OK);
    assertThat(range(AuthClient.withToken("Bearer " + good))).as("82").isEqualTo(OK);
  }

  @Test
  void tokensOfAnyOtherFormAreRefused() {
    String good = server.token("rd");
    for (String bad : List.of("", "a.b.1", "a.-1", "aaaa.99999999")) {
      assertThat(range(AuthClient.withToken(bad))).as("84, 85: " + bad).isEqualTo(BAD_TOKEN);
    }
    assertThat(server.client().outcome(Face.JSON, RANGE, "Bearer " + good, get("foo")))
        .isEqualTo(OK);
    for (String bad : List.of("bearer " + good, "Bearer  " + good)) {
      HttpResponse<String> refused = server.client().post(RANGE, bad, get("foo"));
      assertThat(refused.statusCode()).as("83").isEqualTo(401);
      assertThat(refused.headers().firstValue("Www-Authenticate"))
          .contains("etcdserver: invalid auth token");
    }
  }

  private String range(Metadata headers) {
    return server.client().outcome(RANGE, headers, get("foo"));
  }

  @Test
  void aWebSocketTakesItsTokenFromAProtocolOrACookie() throws IOException {
    String rd = server.token("rd");
    assertThat(watchOverSocket("Sec-WebSocket-Protocol: Bearer, " + rd)).isEqualTo(OK);
    assertThat(watchOverSocket("Sec-WebSocket-Protocol: Bearer," + rd)).isEqualTo(OK);
    assertThat(watchOverSocket("Sec-WebSocket-Protocol: Bearer " + rd))
        .isEqualTo(watchReason("Unauthenticated", BAD_TOKEN));
    assertThat(watchOverSocket("Cookie: token=" + rd)).isEqualTo(OK);
    assertThat(watchOverSocket("Sec-WebSocket-Protocol: Bearer, bad.1\r\nCookie: token=" + rd))
        .isEqualTo(OK);
    for (String name : List.of("Authorization", "Grpc-Metadata-Token")) {
      assertThat(watchOverSocket(name + ": " + rd))
          .isEqualTo(watchReason("InvalidArgument", NO_USER));
    }
  }

  private String watchOverSocket(String header) throws IOException {
    try (RawWebSocket socket =
        RawWebSocket.connect(server.endpoint(), "/v3/watch", header.split("\r\n"))) {
      String refused = socket.send(AuthWatches.createJson("z", "", 0)).message();
      String created = socket.send(AuthWatches.createJson("foo", "", 0)).message();
      assertThat(AuthWatches.outcomeOf(result(refused))).isNotEqualTo(OK);
      return AuthWatches.outcomeOf(result(created));
    }
  }

  private static JsonObject result(String message) {
    return Json.object(message).getAsJsonObject("result");
  }

  @Test
  void aStreamOverAWebSocketThatIsRefusedEndsWithAMessage() throws IOException {
    try (RawWebSocket socket = RawWebSocket.connect(server.endpoint(), "/v3/lease/keepalive")) {
      assertThat(socket.send("{\"ID\":\"5\"}").message())
          .isEqualTo("{\"error\":{\"code\":3,\"message\":\"etcdserver: user name is empty\"}}");
      assertThat(socket.next()).isEqualTo(RawWebSocket.END);
    }
  }

  @Test
  void aStreamThatIsRefusedBeforeItsFirstMessageEndsWithAStatusAndALine() throws IOException {
    for (String path : List.of("/v3/lease/keepalive", "/v3/maintenance/snapshot")) {
      try (RawHttp http = RawHttp.connect(server.endpoint())) {
        http.post(path, "{\"ID\":\"5\"}");
        assertThat(http.head())
            .startsWith("HTTP/1.1 400 ")
            .containsIgnoringCase("\nTransfer-Encoding: chunked\n");
        assertThat(http.chunk())
            .isEqualTo("{\"error\":{\"code\":3,\"message\":\"etcdserver: user name is empty\"}}\n");
        assertThat(http.chunk()).isEmpty();
      }
    }
  }

  @Test
  void theLogShowsNeitherPasswordsNorTokens() {
    String password = "a-password-to-look-for";
    server.addUser(password);
    assertThat(server.outcome(password, RANGE, get("foo"))).isEqualTo(DENIED);
    assertThat(server.logLines())
        .noneMatch(line -> line.contains(password) || line.contains(server.token(password)));
  }
}
