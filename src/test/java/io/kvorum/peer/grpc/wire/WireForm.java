package io.kvorum.peer.grpc.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import io.kvorum.consensus.PeerMessage;
import io.kvorum.proto.peer.Frame;

/** Sends messages of consensus through their bytes, for tests without a network. */
public final class WireForm {
  private WireForm() {}

  /** What arrives when the message is sent. */
  public static PeerMessage after(PeerMessage message) {
    try {
      byte[] bytes = PeerMessageCodec.encode(message).toByteArray();
      return PeerMessageCodec.decode(Frame.parseFrom(bytes));
    } catch (MalformedMessageException | InvalidProtocolBufferException e) {
      throw new AssertionError("a member sent what none can read: " + message, e);
    }
  }
}
