package io.kvorum.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.rest.json.JsonToMessage;
import io.kvorum.rest.json.MalformedJsonException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionException;
import org.eclipse.microprofile.faulttolerance.exceptions.BulkheadException;
import org.eclipse.microprofile.faulttolerance.exceptions.TimeoutException;
import org.junit.jupiter.api.Test;

class GatewayErrorTest {
  private static String json(GatewayError error) {
    return new String(error.json(), StandardCharsets.UTF_8);
  }

  @Test
  void anErrorOfTheServiceHasItsCodeItsTextAndTheHttpStatusThatGoesWithIt() {
    GatewayError error =
        GatewayError.of(new CompletionException(new RequestException(ErrorCode.LEASE_NOT_FOUND)));
    assertThat(error.httpStatus()).isEqualTo(404);
    assertThat(json(error))
        .isEqualTo("{\"code\":5,\"message\":\"etcdserver: requested lease not found\"}");
  }

  @Test
  void textThatIsNotJsonIsAnInvalidArgument() {
    try {
      JsonToMessage.read("{bad".getBytes(StandardCharsets.UTF_8), PutRequest.newBuilder());
    } catch (MalformedJsonException malformed) {
      GatewayError error = GatewayError.of(malformed);
      assertThat(error.httpStatus()).isEqualTo(400);
      assertThat(error.code()).isEqualTo(3);
      assertThat(error.message())
          .isEqualTo("invalid character 'b' looking for beginning of object key string");
      return;
    }
    throw new AssertionError("it was read");
  }

  @Test
  void whatFaultToleranceTurnsAwayLooksLikeTheServicesOwnRefusals() {
    assertThat(GatewayError.of(new BulkheadException()))
        .isEqualTo(GatewayError.of(new RequestException(ErrorCode.TOO_MANY_REQUESTS)))
        .extracting(GatewayError::httpStatus)
        .isEqualTo(429);
    assertThat(GatewayError.of(new TimeoutException()))
        .isEqualTo(GatewayError.of(new RequestException(ErrorCode.TIMEOUT)))
        .extracting(GatewayError::httpStatus)
        .isEqualTo(503);
  }

  @Test
  void routingErrorsLookAsTheGatewaysDo() {
    assertThat(GatewayError.NOT_FOUND.httpStatus()).isEqualTo(404);
    assertThat(json(GatewayError.NOT_FOUND)).isEqualTo("{\"code\":5,\"message\":\"Not Found\"}");
    assertThat(GatewayError.WRONG_METHOD.httpStatus()).isEqualTo(501);
    assertThat(json(GatewayError.WRONG_METHOD))
        .isEqualTo("{\"code\":12,\"message\":\"Method Not Allowed\"}");
  }

  @Test
  void whatTheContainerRefusesKeepsItsStatus() {
    GatewayError error = GatewayError.ofContainer(415, "Unsupported Media Type");
    assertThat(error.httpStatus()).isEqualTo(415);
    assertThat(json(error)).isEqualTo("{\"code\":3,\"message\":\"Unsupported Media Type\"}");
    assertThat(error.grpcCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
  }

  @Test
  void inAStreamTheErrorIsAnElement() {
    assertThat(
            new String(
                GatewayError.of(new RequestException(ErrorCode.COMPACTED)).streamJson(),
                StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"error\":{\"code\":11,\"message\":\"etcdserver: mvcc: required revision has been"
                + " compacted\"}}\n");
  }

  @Test
  void everyPathOfTheApiIsKnownByItsCall() {
    assertThat(GatewayPaths.callAt("/kv/put")).isEqualTo("etcdserverpb.KV/Put");
    assertThat(GatewayPaths.callAt("/watch")).isEqualTo("etcdserverpb.Watch/Watch");
    assertThat(GatewayPaths.callAt("/kv/lease/revoke")).isEqualTo("etcdserverpb.Lease/LeaseRevoke");
    assertThat(GatewayPaths.callAt("/maintenance/transfer-leadership"))
        .isEqualTo("etcdserverpb.Maintenance/MoveLeader");
    assertThat(GatewayPaths.callAt("/auth/role/grant"))
        .isEqualTo("etcdserverpb.Auth/RoleGrantPermission");
    assertThat(GatewayPaths.callAt("/election/observe")).isEqualTo("v3electionpb.Election/Observe");
    assertThat(GatewayPaths.callAt("/nope")).isNull();
  }
}
