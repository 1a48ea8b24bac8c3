package io.kvorum.grpc;

import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;

/**
 * Decodes the frames of a WebSocket's client, which are masked and have no extensions. Confined to
 * the event loop.
 *
 * <p>Held by: WebSocketFrontTest.
 */
final class WebSocketFrames extends WebSocket13FrameDecoder {
  /**
   * @param maxFrameBytes of the largest frame
   */
  WebSocketFrames(int maxFrameBytes) {
    super(
        WebSocketDecoderConfig.newBuilder()
            .maxFramePayloadLength(maxFrameBytes)
            .allowExtensions(false)
            .closeOnProtocolViolation(false) // the next handler closes
            .build());
  }

  /** How much has arrived of a frame that is not complete. */
  int waitingBytes() {
    return actualReadableBytes();
  }
}
