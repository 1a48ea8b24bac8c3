package io.kvorum.tls;

import io.netty.handler.ssl.SslContext;
import org.jspecify.annotations.Nullable;

/**
 * What the files of one side amount to. Immutable.
 *
 * <p>Held by: ServerTlsTest, PeerTlsTest.
 *
 * @param accepted secures connections that come in; null if nothing secured is listened on
 * @param calls secures those that are opened; null if there are none
 */
record TlsContexts(@Nullable SslContext accepted, @Nullable SslContext calls) {

  SslContext requireAccepted() {
    if (accepted == null) {
      throw new IllegalStateException("nothing secured is listened on");
    }
    return accepted;
  }

  SslContext requireCalls() {
    if (calls == null) {
      throw new IllegalStateException("no connections are opened");
    }
    return calls;
  }
}
