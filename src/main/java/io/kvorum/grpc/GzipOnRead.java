package io.kvorum.grpc;

import io.grpc.Decompressor;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/**
 * Inflates messages as gRPC's own decompressor does, but looks at the first byte only when the
 * message is read: what is not gzip is a request that cannot be read, for {@link ReadableRequests},
 * and no failure of the stream. Stateless.
 *
 * <p>Held by: RequestLimitsTest.
 */
final class GzipOnRead implements Decompressor {
  @Override
  public String getMessageEncoding() {
    return "gzip";
  }

  @Override
  public InputStream decompress(InputStream message) {
    return new OnRead(message);
  }

  /** Confined to the thread that reads it. */
  private static final class OnRead extends FilterInputStream {
    private boolean isOpen;

    OnRead(InputStream message) {
      super(message);
    }

    private InputStream open() throws IOException {
      if (!isOpen) {
        in = new GZIPInputStream(in);
        isOpen = true;
      }
      return in;
    }

    @Override
    public int read() throws IOException {
      return open().read();
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      return open().read(bytes, offset, length);
    }

    @Override
    public long skip(long count) throws IOException {
      return open().skip(count);
    }

    @Override
    public int available() throws IOException {
      return open().available();
    }

    @Override
    public boolean markSupported() {
      return false;
    }
  }
}
