package io.kvorum.load;

import io.netty.buffer.ByteBuf;

/** A stream whose messages are put together from the pieces that arrive. */
abstract class MessageStream implements GrpcStream {

  private static final int REFILL_WINDOW_AT = 1 << 28;

  private final byte[] head = new byte[GrpcConnection.MESSAGE_HEAD];
  private int headBytes;
  private byte[] message = new byte[0];
  private int messageBytes;
  private int consumed;

  /** One whole message arrived. */
  abstract void message(byte[] message);

  @Override
  public final int data(ByteBuf in, int length) {
    int left = length;
    while (left > 0) {
      if (headBytes < head.length) {
        int piece = Math.min(left, head.length - headBytes);
        in.readBytes(head, headBytes, piece);
        headBytes += piece;
        left -= piece;
        if (headBytes < head.length) {
          break;
        }
        message = new byte[messageLength()];
        messageBytes = 0;
      }
      int piece = Math.min(left, message.length - messageBytes);
      in.readBytes(message, messageBytes, piece);
      messageBytes += piece;
      left -= piece;
      if (messageBytes == message.length) {
        headBytes = 0;
        message(message);
      }
    }
    consumed += length;
    if (consumed < REFILL_WINDOW_AT) {
      return 0;
    }
    int credit = consumed;
    consumed = 0;
    return credit;
  }

  private int messageLength() {
    if (head[0] != 0) {
      throw new IllegalStateException("a compressed message was not asked for");
    }
    return (head[1] & 0xFF) << 24 | (head[2] & 0xFF) << 16 | (head[3] & 0xFF) << 8 | head[4] & 0xFF;
  }
}
