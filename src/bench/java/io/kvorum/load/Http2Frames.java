package io.kvorum.load;

import io.netty.buffer.ByteBuf;

/** The frames of HTTP/2 that a gRPC client needs (RFC 9113, section 6). */
final class Http2Frames {

  static final int HEADER_BYTES = 9;

  static final int DATA = 0x0;
  static final int HEADERS = 0x1;
  static final int RST_STREAM = 0x3;
  static final int SETTINGS = 0x4;
  static final int PUSH_PROMISE = 0x5;
  static final int PING = 0x6;
  static final int GOAWAY = 0x7;
  static final int WINDOW_UPDATE = 0x8;
  static final int CONTINUATION = 0x9;

  static final int END_STREAM = 0x1;
  static final int ACK = 0x1;
  static final int END_HEADERS = 0x4;
  static final int PADDED = 0x8;
  static final int PRIORITY = 0x20;

  static final int SETTING_HEADER_TABLE_SIZE = 0x1;
  static final int SETTING_ENABLE_PUSH = 0x2;
  static final int SETTING_MAX_CONCURRENT_STREAMS = 0x3;
  static final int SETTING_INITIAL_WINDOW_SIZE = 0x4;
  static final int SETTING_MAX_FRAME_SIZE = 0x5;

  /** Every window begins with this size. */
  static final int DEFAULT_WINDOW = 65_535;

  private Http2Frames() {}

  static void writeHead(ByteBuf out, int length, int type, int flags, int stream) {
    out.writeMedium(length);
    out.writeByte(type);
    out.writeByte(flags);
    out.writeInt(stream);
  }

  static void writeSetting(ByteBuf out, int id, int value) {
    out.writeShort(id);
    out.writeInt(value);
  }

  static void writeWindowUpdate(ByteBuf out, int stream, int increment) {
    writeHead(out, 4, WINDOW_UPDATE, 0, stream);
    out.writeInt(increment);
  }
}
