package io.kvorum.rest;

import io.grpc.Status;
import io.kvorum.model.ErrorCode;
import io.kvorum.rest.json.JsonBuffer;
import io.kvorum.rest.json.MalformedJsonException;
import io.kvorum.wire.ErrorTable;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.eclipse.microprofile.faulttolerance.exceptions.BulkheadException;
import org.eclipse.microprofile.faulttolerance.exceptions.TimeoutException;

/**
 * Holds a failure in the gateway's form: the gRPC code and the message as JSON, and the HTTP status
 * that belongs to the code. Immutable.
 *
 * <p>Up to 3.5 etcd also sent the message as {@code error}; since 3.6 it does not.
 */
record GatewayError(int httpStatus, int code, String message) {
  static final String WWW_AUTHENTICATE = "Www-Authenticate";

  static final GatewayError NOT_FOUND = of(Status.NOT_FOUND.withDescription("Not Found"));

  static final GatewayError WRONG_METHOD =
      of(Status.UNIMPLEMENTED.withDescription("Method Not Allowed"));

  static GatewayError of(Throwable failure) {
    if (failure instanceof MalformedJsonException malformed) {
      return of(Status.INVALID_ARGUMENT.withDescription(malformed.getMessage()));
    }
    if (failure instanceof BulkheadException) {
      return of(ErrorTable.statusOf(ErrorCode.TOO_MANY_REQUESTS));
    }
    if (failure instanceof TimeoutException) {
      return of(ErrorTable.statusOf(ErrorCode.TIMEOUT));
    }
    return of(ErrorTable.statusOf(failure));
  }

  static GatewayError of(Status status) {
    String description = status.getDescription();
    return new GatewayError(
        ErrorTable.httpStatusOf(status.getCode()),
        status.getCode().value(),
        description == null ? "" : description);
  }

  /** The refusal of a request that the container finds wrong, with the status that it gives. */
  static GatewayError ofContainer(int httpStatus, String reason) {
    return new GatewayError(httpStatus, Status.Code.INVALID_ARGUMENT.value(), reason);
  }

  Status.Code grpcCode() {
    return Status.fromCodeValue(code).getCode();
  }

  /** Such an answer names its reason in {@link #WWW_AUTHENTICATE}, too. */
  boolean isUnauthenticated() {
    return code == Status.Code.UNAUTHENTICATED.value();
  }

  byte[] json() {
    JsonBuffer out = new JsonBuffer(64 + message.length());
    appendTo(out);
    return out.toByteArray();
  }

  /** Answers with this error. */
  void send(HttpServletResponse response) throws IOException {
    send(response, json());
  }

  /** The same for a stream, of which this is the only element. */
  void sendAsStream(HttpServletResponse response) throws IOException {
    send(response, streamJson());
  }

  private void send(HttpServletResponse response, byte[] json) throws IOException {
    response.setStatus(httpStatus);
    if (isUnauthenticated()) {
      response.setHeader(WWW_AUTHENTICATE, message);
    }
    response.setContentType("application/json");
    response.setContentLength(json.length);
    response.getOutputStream().write(json);
  }

  /** The error as an element of a stream that has begun. */
  byte[] streamJson() {
    JsonBuffer out = new JsonBuffer(80 + message.length());
    out.append("{\"error\":");
    appendTo(out);
    return out.append("}\n").toByteArray();
  }

  private void appendTo(JsonBuffer out) {
    out.append("{\"code\":").append(code);
    if (!message.isEmpty()) {
      out.append(",\"message\":").appendString(message);
    }
    out.append('}');
  }
}
