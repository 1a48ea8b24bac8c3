package io.kvorum.load;

import io.netty.channel.Channel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What the client secures its connections with: an authority, and maybe a certificate. Immutable.
 */
final class ClientKeys {
  private final SslContext http2;
  private final SslContext http1;

  /**
   * @param certificate null if the client has none
   */
  ClientKeys(Path authority, @Nullable Path certificate, @Nullable Path key) throws IOException {
    http2 = context(authority, certificate, key, "h2");
    http1 = context(authority, certificate, key, "http/1.1");
  }

  private static SslContext context(
      Path authority, @Nullable Path certificate, @Nullable Path key, String protocol)
      throws IOException {
    SslContextBuilder builder =
        SslContextBuilder.forClient()
            .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
            .trustManager(authority.toFile())
            .applicationProtocolConfig(
                new ApplicationProtocolConfig(
                    Protocol.ALPN,
                    SelectorFailureBehavior.NO_ADVERTISE,
                    SelectedListenerFailureBehavior.ACCEPT,
                    protocol));
    if (certificate != null && key != null) {
      builder.keyManager(certificate.toFile(), key.toFile());
    }
    return builder.build();
  }

  SslHandler handler(Channel channel, URI endpoint, boolean isHttp2, boolean mayResume) {
    SslContext context = isHttp2 ? http2 : http1;
    return mayResume
        ? context.newHandler(channel.alloc(), endpoint.getHost(), endpoint.getPort())
        : context.newHandler(channel.alloc());
  }
}
