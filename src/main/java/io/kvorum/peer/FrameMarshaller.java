package io.kvorum.peer;

import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import io.kvorum.consensus.PeerMessage;
import io.kvorum.proto.peer.Frame;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads frames on the server's side. What cannot be read becomes a value too: an exception in here
 * would end the stream with a status that says nothing.
 */
final class FrameMarshaller implements Marshaller<FrameMarshaller.Inbound> {
  private static final Marshaller<Frame> FRAMES = ProtoUtils.marshaller(Frame.getDefaultInstance());

  /** One of a message, a ping and a fault; the size is in encoded bytes. */
  record Inbound(
      @Nullable PeerMessage message, @Nullable Long ping, @Nullable String fault, int bytes) {
    static Inbound faulty(String fault) {
      return new Inbound(null, null, fault, 0);
    }
  }

  @Override
  public InputStream stream(Inbound value) {
    throw new UnsupportedOperationException("a server sends no frames");
  }

  @Override
  public Inbound parse(InputStream stream) {
    try {
      Frame frame = FRAMES.parse(stream);
      int bytes = frame.getSerializedSize();
      return frame.hasPing()
          ? new Inbound(null, frame.getPing(), null, bytes)
          : new Inbound(PeerMessageCodec.decode(frame), null, null, bytes);
    } catch (StatusRuntimeException unreadable) {
      return Inbound.faulty("not a frame: " + unreadable.getMessage());
    } catch (MalformedMessageException malformed) {
      return Inbound.faulty(String.valueOf(malformed.getMessage()));
    }
  }
}
