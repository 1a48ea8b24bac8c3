package io.kvorum.ops;

import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.kvorum.grpc.ClientVersions;
import io.kvorum.grpc.RpcStats;
import io.kvorum.ops.Exposition.Type;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * Writes the calls of clients, over gRPC and over JSON, as etcd and its library for gRPC name them.
 * Stateless.
 *
 * <p>Held by: EtcdMetricsTest.
 */
final class CallMetrics {
  private CallMetrics() {}

  static void write(List<RpcStats> calls, List<ClientVersions.Stats> versions, Exposition out) {
    calls(calls, out);
    clientVersions(versions, out);
  }

  private static void calls(List<RpcStats> calls, Exposition out) {
    out.counter(
        "etcd_network_client_grpc_received_bytes_total",
        "Bytes received from gRPC clients.",
        calls.stream().mapToLong(RpcStats::bytesReceived).sum());
    out.counter(
        "etcd_network_client_grpc_sent_bytes_total",
        "Bytes sent to gRPC clients.",
        calls.stream().mapToLong(RpcStats::bytesSent).sum());
    out.family("grpc_server_handled_total", Type.COUNTER, "Completed calls, by status code.");
    for (RpcStats call : calls) {
      for (Status.Code code : Status.Code.values()) {
        Map<Status.Code, Long> handled = call.handledByCode();
        out.sample(
            handled.getOrDefault(code, 0L),
            "grpc_code",
            nameOf(code),
            "grpc_method",
            call.method(),
            "grpc_service",
            call.service(),
            "grpc_type",
            nameOf(call.type()));
      }
    }
    handling(calls, out);
    perMethod(
        calls,
        out.family("grpc_server_msg_received_total", Type.COUNTER, "Messages received."),
        RpcStats::messagesReceived);
    perMethod(
        calls,
        out.family("grpc_server_msg_sent_total", Type.COUNTER, "Messages sent."),
        RpcStats::messagesSent);
    perMethod(
        calls,
        out.family("grpc_server_started_total", Type.COUNTER, "Started calls."),
        RpcStats::started);
  }

  private static void clientVersions(List<ClientVersions.Stats> versions, Exposition out) {
    out.family(
        "etcd_server_client_requests_total",
        Type.COUNTER,
        "Calls of clients, by the version of the API that they have.");
    for (ClientVersions.Stats version : versions) {
      out.sample(
          version.calls(),
          "client_api_version",
          version.version(),
          "type",
          version.isUnary() ? "unary" : "stream");
    }
  }

  private static void handling(List<RpcStats> calls, Exposition out) {
    out.family(
        "grpc_server_handling_seconds", Type.HISTOGRAM, "Duration of calls until they have ended.");
    for (RpcStats call : calls) {
      call.handling().ifPresent(handling -> out.buckets(handling, labels(call)));
    }
  }

  private static void perMethod(
      List<RpcStats> calls, Exposition out, ToLongFunction<RpcStats> figure) {
    for (RpcStats call : calls) {
      out.sample(figure.applyAsLong(call), labels(call));
    }
  }

  private static String[] labels(RpcStats call) {
    return new String[] {
      "grpc_method", call.method(), "grpc_service", call.service(), "grpc_type", nameOf(call.type())
    };
  }

  private static String nameOf(MethodType type) {
    return switch (type) {
      case UNARY -> "unary";
      case CLIENT_STREAMING -> "client_stream";
      case SERVER_STREAMING -> "server_stream";
      case BIDI_STREAMING -> "bidi_stream";
      case UNKNOWN -> "unknown";
    };
  }

  /** Codes as Go spells them. */
  private static String nameOf(Status.Code code) {
    return switch (code) {
      case OK -> "OK";
      case CANCELLED -> "Canceled";
      case UNKNOWN -> "Unknown";
      case INVALID_ARGUMENT -> "InvalidArgument";
      case DEADLINE_EXCEEDED -> "DeadlineExceeded";
      case NOT_FOUND -> "NotFound";
      case ALREADY_EXISTS -> "AlreadyExists";
      case PERMISSION_DENIED -> "PermissionDenied";
      case RESOURCE_EXHAUSTED -> "ResourceExhausted";
      case FAILED_PRECONDITION -> "FailedPrecondition";
      case ABORTED -> "Aborted";
      case OUT_OF_RANGE -> "OutOfRange";
      case UNIMPLEMENTED -> "Unimplemented";
      case INTERNAL -> "Internal";
      case UNAVAILABLE -> "Unavailable";
      case DATA_LOSS -> "DataLoss";
      case UNAUTHENTICATED -> "Unauthenticated";
    };
  }
}
