package io.kvorum.grpc;

import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.kvorum.meter.Histogram;
import java.util.Map;
import java.util.Optional;

/**
 * Figures of one method since the start. Immutable.
 *
 * <p>Held by: ClientPortTest.
 *
 * @param service as in {@code etcdserverpb.KV}
 * @param method as in {@code Put}
 * @param handledByCode the calls that have ended, by status code; codes that did not occur are
 *     absent
 * @param bytesReceived the size of the messages, without their framing
 * @param handling how long the calls took that have ended; empty if that is not measured
 */
public record RpcStats(
    String service,
    String method,
    MethodType type,
    long started,
    Map<Status.Code, Long> handledByCode,
    long messagesReceived,
    long messagesSent,
    long bytesReceived,
    long bytesSent,
    Optional<Histogram.Snapshot> handling) {
  public RpcStats {
    handledByCode = Map.copyOf(handledByCode);
  }
}
