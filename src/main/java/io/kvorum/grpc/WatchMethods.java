package io.kvorum.grpc;

import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.kvorum.proto.etcdserverpb.WatchGrpc;
import io.kvorum.proto.etcdserverpb.WatchRequest;
import io.kvorum.service.Headers;
import io.kvorum.service.WatchService;
import io.kvorum.wire.WatchFrame;

/**
 * Defines the Watch service: one method, whose responses share their encoded events.
 *
 * <p>Held by: WatchCallTest, EtcdctlWatchIT.
 */
final class WatchMethods {
  private static final MethodDescriptor<WatchRequest, WatchFrame> WATCH =
      WatchGrpc.getWatchMethod().toBuilder(
              WatchGrpc.getWatchMethod().getRequestMarshaller(), new WatchFrameMarshaller())
          .build();

  private WatchMethods() {}

  /**
   * @param maxMessageBytes where a response is cut for clients that accept fragments
   */
  static ServerServiceDefinition define(
      WatchService watch,
      Headers headers,
      int maxMessageBytes,
      CallGuard guard,
      StreamRegistry streams) {
    WatchCall.Context context =
        new WatchCall.Context(
            watch,
            message ->
                message.revision() == 0
                    ? headers.withoutRevision()
                    : headers.at(message.revision()),
            maxMessageBytes,
            streams);
    return define(context, guard);
  }

  static ServerServiceDefinition define(WatchCall.Context context, CallGuard guard) {
    return ServerServiceDefinition.builder(WatchGrpc.SERVICE_NAME)
        .addMethod(
            WATCH, guard.guarded((call, metadata) -> WatchCall.start(call, metadata, context)))
        .build();
  }
}
