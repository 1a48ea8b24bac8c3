package io.kvorum.boot;

import io.kvorum.boot.config.ClientTls;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.grpc.TlsListeners;
import io.kvorum.model.MemberUrl;
import io.kvorum.support.Log;
import io.kvorum.tls.SelfSigned;
import io.kvorum.tls.ServerTls;
import io.kvorum.tls.TlsFiles;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Opens what secures the connections of clients, and closes it. Immutable.
 *
 * <p>Held by: WholeMemberTest, TlsIT.
 *
 * @param tls null if all listeners are plain
 */
record ClientSecurity(@Nullable ServerTls tls, Set<InetSocketAddress> plain)
    implements AutoCloseable {
  private static final Log LOG = Log.of(ClientSecurity.class);

  /**
   * Verifies the files of the operator, before the data directory is touched.
   *
   * @throws IOException if they cannot be used; the message, one line, names the file
   */
  static void verify(MemberConfig config) throws IOException {
    ClientTls wanted = config.listeners().tls().orElse(null);
    if (wanted != null && !wanted.isSelfSigned()) {
      ServerTls.open(wanted.files(), wanted.profile()).close();
    }
  }

  /**
   * Reads the files, and watches them from now on; the member's own certificate is made if it
   * lacks. To be called while the data directory is held.
   */
  static ClientSecurity open(MemberConfig config, Set<InetSocketAddress> plain) throws IOException {
    ClientTls wanted = config.listeners().tls().orElse(null);
    if (wanted == null) {
      return new ClientSecurity(null, Set.of());
    }
    warnOfPlain(config.listeners().client());
    warnOfPlain(config.listeners().clientHttp());
    TlsFiles files =
        wanted.isSelfSigned()
            ? selfSigned(
                config.dataDirectory().resolve("fixtures").resolve("client"), config, wanted)
            : wanted.files();
    ServerTls tls = ServerTls.open(files, wanted.profile());
    tls.start();
    return new ClientSecurity(tls, plain);
  }

  private static void warnOfPlain(List<MemberUrl> urls) {
    urls.stream()
        .filter(url -> !url.isSecure())
        .forEach(
            url -> LOG.warning("clients of {} are served without TLS: it is no https URL", url));
  }

  private static TlsFiles selfSigned(Path directory, MemberConfig config, ClientTls wanted)
      throws IOException {
    List<String> hosts =
        config.listeners().all().stream()
            .filter(MemberUrl::isSecure)
            .flatMap(
                url ->
                    url.isWildcard() ? Stream.of("localhost", "127.0.0.1") : Stream.of(url.host()))
            .distinct()
            .toList();
    SelfSigned.make(directory, hosts, wanted.selfSignedYears(), Clock.systemUTC());
    TlsFiles made = SelfSigned.in(directory);
    return wanted.files().withPair(made.certificate(), made.key());
  }

  TlsListeners listeners() {
    return new TlsListeners(tls, plain);
  }

  @Override
  public void close() {
    if (tls != null) {
      tls.close();
    }
  }
}
