package io.kvorum.load;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import org.jspecify.annotations.Nullable;

/**
 * Reads the status of a call from its trailers. Works only where the server uses no dynamic table:
 * then trailers that were good once are good whenever the same bytes come again. Confined to the
 * event loop of its connection.
 */
final class TrailerReader {

  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false);
  private byte[] good = new byte[0];

  /** Null if the call went well. */
  @Nullable String failure(ByteBuf in, int length) {
    if (good.length == length && length > 0 && same(in)) {
      return null;
    }
    byte[] block = ByteBufUtil.getBytes(in, in.readerIndex(), length);
    try {
      Http2Headers headers = decoder.decodeHeaders(1, in.readSlice(length));
      CharSequence status = headers.get("grpc-status");
      if (status == null) {
        return "no grpc-status, :status " + headers.get(":status");
      }
      if (!"0".contentEquals(status)) {
        return "grpc-status " + status + ": " + headers.get("grpc-message");
      }
      good = block;
      return null;
    } catch (Http2Exception e) {
      return "unreadable trailers: " + e.getMessage();
    }
  }

  private boolean same(ByteBuf in) {
    int at = in.readerIndex();
    for (int i = 0; i < good.length; i++) {
      if (in.getByte(at + i) != good[i]) {
        return false;
      }
    }
    return true;
  }
}
