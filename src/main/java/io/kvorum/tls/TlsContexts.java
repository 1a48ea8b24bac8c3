package io.kvorum.tls;

import io.netty.handler.ssl.SslContext;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the files of one side amount to. Immutable.
 *
 * <p>Held by: ServerTlsTest, PeerTlsTest.
 *
 * @param accepted secures connections that come in; null if nothing secured is listened on
 * @param http2 the same, and prefers HTTP/2; null if there is no such choice
 * @param calls secures those that are opened; null if there are none
 */
record TlsContexts(
    @Nullable SslContext accepted, @Nullable SslContext http2, @Nullable SslContext calls) {

  SslContext requireAccepted() {
    if (accepted == null) {
      throw new IllegalStateException("nothing secured is listened on");
    }
    return accepted;
  }

  SslContext requireHttp2() {
    if (http2 == null) {
      throw new IllegalStateException("these connections have no choice of HTTP/2");
    }
    return http2;
  }

  /** All that secure connections that come in. */
  List<SslContext> allAccepted() {
    return Stream.of(accepted, http2).filter(Objects::nonNull).toList();
  }

  SslContext requireCalls() {
    if (calls == null) {
      throw new IllegalStateException("no connections are opened");
    }
    return calls;
  }
}
