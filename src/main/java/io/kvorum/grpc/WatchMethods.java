package io.kvorum.grpc;

import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.kvorum.proto.etcdserverpb.WatchGrpc;
import io.kvorum.proto.etcdserverpb.WatchRequest;
import io.kvorum.service.Headers;
import io.kvorum.watch.WatchHub;
import io.kvorum.wire.WatchFrame;

/** The Watch service: one method, whose responses are sent in the form that shares events. */
final class WatchMethods {
  private static final MethodDescriptor<WatchRequest, WatchFrame> WATCH =
      WatchGrpc.getWatchMethod().toBuilder(
              WatchGrpc.getWatchMethod().getRequestMarshaller(), new WatchFrameMarshaller())
          .build();

  private WatchMethods() {}

  /**
   * @param maxMessageBytes where a response is cut for clients that take it in parts
   */
  static ServerServiceDefinition define(
      WatchHub hub, Headers headers, int maxMessageBytes, StreamRegistry streams) {
    WatchCall.Context context =
        new WatchCall.Context(
            hub::open,
            message ->
                message.revision() == 0
                    ? headers.withoutRevision()
                    : headers.at(message.revision()),
            maxMessageBytes,
            streams);
    return define(context);
  }

  static ServerServiceDefinition define(WatchCall.Context context) {
    return ServerServiceDefinition.builder(WatchGrpc.SERVICE_NAME)
        .addMethod(
            WATCH,
            context.streams().guarded((call, metadata) -> WatchCall.start(call, metadata, context)))
        .build();
  }
}
