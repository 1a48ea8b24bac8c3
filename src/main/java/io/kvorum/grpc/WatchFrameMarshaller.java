package io.kvorum.grpc;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.kvorum.wire.WatchFrame;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Marshals watch responses whose events are already encoded without copying them first: gRPC asks
 * for the length, then has the parts written into its own buffers. The server only sends them.
 *
 * <p>Held by: WatchCallTest.
 */
final class WatchFrameMarshaller implements MethodDescriptor.Marshaller<WatchFrame> {

  @Override
  public InputStream stream(WatchFrame frame) {
    return new FrameStream(frame);
  }

  @Override
  public WatchFrame parse(InputStream stream) {
    throw new UnsupportedOperationException("a server does not read watch responses");
  }

  private static final class FrameStream extends InputStream implements KnownLength, Drainable {
    private final WatchFrame frame;
    private boolean isDrained;
    private @Nullable InputStream bytes;

    FrameStream(WatchFrame frame) {
      this.frame = frame;
    }

    @Override
    public int available() throws IOException {
      if (isDrained) {
        return 0;
      }
      return bytes == null ? frame.length() : bytes.available();
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      if (bytes != null) {
        return (int) bytes.transferTo(target);
      }
      isDrained = true;
      frame.writeTo(target);
      return frame.length();
    }

    // For readers that do not drain, such as a compressor.

    @Override
    public int read() throws IOException {
      return isDrained ? -1 : bytes().read();
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      return isDrained ? -1 : bytes().read(target, offset, length);
    }

    private InputStream bytes() {
      InputStream known = bytes;
      if (known == null) {
        ByteArrayOutputStream copy = new ByteArrayOutputStream(frame.length());
        try {
          frame.writeTo(copy);
        } catch (IOException impossible) {
          throw new UncheckedIOException("an array takes everything", impossible);
        }
        known = new ByteArrayInputStream(copy.toByteArray());
        bytes = known;
      }
      return known;
    }
  }
}
