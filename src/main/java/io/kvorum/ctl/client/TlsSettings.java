package io.kvorum.ctl.client;

import io.grpc.netty.GrpcSslContexts;
import io.kvorum.tls.PemFiles;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLException;

/**
 * What the flags say about TLS; files are named by their paths, and empty means none. Immutable.
 *
 * @param certificateAuthority whom to trust instead of those that the JVM trusts
 * @param certificate the client's own, with its key
 * @param isRequired whether endpoints without a scheme speak TLS even without any of the files
 * @param trustsEverybody whether the server's certificate is not verified
 */
public record TlsSettings(
    String certificateAuthority,
    String certificate,
    String key,
    boolean isRequired,
    boolean trustsEverybody) {
  public TlsSettings {
    if (certificate.isEmpty() != key.isEmpty()) {
      throw new IllegalArgumentException(
          "KeyFile and CertFile must both be present[key: " + key + ", cert: " + certificate + "]");
    }
  }

  /** Whether a connection to that endpoint is to be secured. */
  boolean apply(EndpointAddress endpoint) {
    return switch (endpoint.security()) {
      case PLAIN -> false;
      case TLS -> true;
      case AS_CONFIGURED -> isRequired || !certificate.isEmpty() || !certificateAuthority.isEmpty();
    };
  }

  /**
   * What connections are secured with.
   *
   * @throws RpcException if a file cannot be read
   */
  SslContext context() throws RpcException {
    try {
      SslContextBuilder builder = GrpcSslContexts.forClient();
      if (trustsEverybody) {
        builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
      } else if (!certificateAuthority.isEmpty()) {
        builder.trustManager(PemFiles.certificates(certificateAuthority));
      }
      if (!certificate.isEmpty()) {
        builder.keyManager(PemFiles.privateKey(key), PemFiles.certificates(certificate));
      }
      return builder.build();
    } catch (SSLException | IllegalArgumentException unusable) {
      throw new RpcException("cannot set up TLS: " + RpcException.reason(unusable), unusable);
    } catch (IOException | GeneralSecurityException unreadable) {
      throw new RpcException(RpcException.reason(unreadable), unreadable);
    }
  }
}
