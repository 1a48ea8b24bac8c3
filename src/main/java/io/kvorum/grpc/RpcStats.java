package io.kvorum.grpc;

import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import java.util.Map;

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
    long bytesSent) {
  public RpcStats {
    handledByCode = Map.copyOf(handledByCode);
  }
}
