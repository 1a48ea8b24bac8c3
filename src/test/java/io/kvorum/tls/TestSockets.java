package io.kvorum.tls;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509KeyManager;
import org.jspecify.annotations.Nullable;

/** Connects over TLS as clients of any kind would. Stateless. */
public final class TestSockets {
  private static final int PATIENCE_MILLIS = 20_000;

  private TestSockets() {}

  /** A connection whose handshake has yet to be done. */
  public static SSLSocket connect(
      TestAuthority trusted, TestAuthority.@Nullable Identity client, InetSocketAddress to)
      throws IOException, GeneralSecurityException {
    return connect(context(trusted, client), to);
  }

  /**
   * What connections share, such as the sessions that they resume.
   *
   * @param client offers its certificate whatever authorities the server names
   */
  public static SSLContext context(TestAuthority trusted, TestAuthority.@Nullable Identity client)
      throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("ca", trusted.certificate());
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(
        client == null ? null : new KeyManager[] {new OneKey(client)},
        trust.getTrustManagers(),
        null);
    return context;
  }

  /**
   * A connection whose handshake has yet to be done.
   *
   * @param protocols the JDK's names; empty for all
   */
  public static SSLSocket connect(SSLContext context, InetSocketAddress to, String... protocols)
      throws IOException {
    SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(to.getAddress(), to.getPort());
    socket.setSoTimeout(PATIENCE_MILLIS);
    if (protocols.length > 0) {
      socket.setEnabledProtocols(protocols);
    }
    return socket;
  }

  private record OneKey(TestAuthority.Identity identity) implements X509KeyManager {
    @Override
    public String[] getClientAliases(String type, Principal[] issuers) {
      return new String[] {"own"};
    }

    @Override
    public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
      return "own";
    }

    @Override
    public String[] getServerAliases(String type, Principal[] issuers) {
      return new String[0];
    }

    @Override
    public @Nullable String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
      return null;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return new X509Certificate[] {identity.certificate()};
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return identity.keys().getPrivate();
    }
  }
}
