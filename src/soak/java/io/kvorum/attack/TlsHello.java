package io.kvorum.attack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

/** Makes the first record of a TLS client. */
final class TlsHello {
  private static final int MOST_BYTES = 32 << 10;

  private TlsHello() {}

  static byte[] bytes() throws IOException {
    try {
      SSLEngine engine = SSLContext.getDefault().createSSLEngine("127.0.0.1", 1);
      engine.setUseClientMode(true);
      ByteBuffer out = ByteBuffer.allocate(MOST_BYTES);
      engine.wrap(ByteBuffer.allocate(0), out);
      return Arrays.copyOf(out.array(), out.position());
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
