package io.kvorum.boot;

import io.kvorum.boot.config.MemberConfig;
import io.kvorum.boot.config.TransportSecurity;
import io.kvorum.model.MemberUrl;
import io.kvorum.support.Log;
import io.kvorum.tls.PeerTls;
import io.kvorum.tls.SelfSigned;
import io.kvorum.tls.ServerTls;
import io.kvorum.tls.TlsFiles;
import io.kvorum.tls.TlsListeners;
import io.kvorum.tls.TlsProfile;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Opens what secures the connections of clients and those between members, and closes it.
 * Immutable.
 *
 * <p>Held by: WholeMemberTest, TlsIT, PeerTlsIT.
 */
record MemberSecurity(TlsListeners clients, PeerTls peers) implements AutoCloseable {
  private static final Log LOG = Log.of(MemberSecurity.class);

  /**
   * Verifies the files of the operator, before the data directory is touched.
   *
   * @throws IOException if they cannot be used; the message, one line, names the file
   */
  static void verify(MemberConfig config) throws IOException {
    Optional<TransportSecurity> clients = config.listeners().tls();
    if (clients.isPresent() && !clients.get().isSelfSigned()) {
      ServerTls.open(clients.get().files(), clients.get().profile()).close();
    }
    Optional<TransportSecurity> peers = config.peers().tls();
    if (peers.isPresent()) {
      openPeers(peers.get(), peers.get().files(), Set.of()).close();
    }
  }

  /**
   * Reads the files, and watches them from now on; certificates of the member's own making are made
   * if they lack. To be called while the data directory is held.
   */
  static MemberSecurity open(PartSettings settings) throws IOException {
    MemberConfig config = settings.config();
    TlsListeners clients = clients(settings);
    try {
      PeerTls peers = peers(config, settings.plainPeerAddresses());
      peers.start();
      return new MemberSecurity(clients, peers);
    } catch (IOException | RuntimeException e) {
      close(clients);
      throw e;
    }
  }

  private static TlsListeners clients(PartSettings settings) throws IOException {
    MemberConfig config = settings.config();
    TransportSecurity wanted = config.listeners().tls().orElse(null);
    if (wanted == null) {
      return TlsListeners.none();
    }
    warnOfPlain("clients", config.listeners().client());
    warnOfPlain("clients", config.listeners().clientHttp());
    ServerTls tls =
        ServerTls.open(files(wanted, config, "client", config.listeners().all()), wanted.profile());
    tls.start();
    return settings.clientListeners(tls);
  }

  private static PeerTls peers(MemberConfig config, Set<SocketAddress> plain) throws IOException {
    TransportSecurity wanted = config.peers().tls().orElse(null);
    if (wanted == null) {
      return PeerTls.withoutFiles(TlsProfile.usual());
    }
    warnOfPlain("members", config.peers().listen());
    return openPeers(wanted, files(wanted, config, "peer", config.peers().listen()), plain);
  }

  private static PeerTls openPeers(
      TransportSecurity wanted, TlsFiles files, Set<SocketAddress> plain) throws IOException {
    return PeerTls.open(
        files,
        wanted.profile(),
        new PeerTls.Rules(!wanted.isSelfSigned(), wanted.verifiesAddresses()),
        plain);
  }

  private static void warnOfPlain(String whom, List<MemberUrl> urls) {
    urls.stream()
        .filter(url -> !url.isSecure())
        .forEach(
            url -> LOG.warning("{} of {} are served without TLS: it is no https URL", whom, url));
  }

  /** The files of that side, with a certificate that is made if it is to be. */
  private static TlsFiles files(
      TransportSecurity wanted, MemberConfig config, String side, List<MemberUrl> listen)
      throws IOException {
    List<String> hosts =
        listen.stream()
            .filter(MemberUrl::isSecure)
            .flatMap(
                url ->
                    url.isWildcard() || url.isSocket()
                        ? Stream.of("localhost", "127.0.0.1")
                        : Stream.of(url.host()))
            .distinct()
            .toList();
    if (!wanted.isSelfSigned() || hosts.isEmpty()) {
      return wanted.files();
    }
    Path directory = config.dataDirectory().resolve("fixtures").resolve(side);
    SelfSigned.make(directory, hosts, wanted.selfSignedYears(), Clock.systemUTC());
    return wanted.files().withOwn(SelfSigned.in(directory));
  }

  @Override
  public void close() {
    close(clients);
    peers.close();
  }

  private static void close(TlsListeners listeners) {
    ServerTls tls = listeners.tls();
    if (tls != null) {
      tls.close();
    }
  }
}
