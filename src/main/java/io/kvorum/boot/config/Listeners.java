package io.kvorum.boot.config;

import io.kvorum.model.MemberUrl;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The addresses at which clients reach the member. Immutable.
 *
 * <p>Held by: MemberConfigTest.
 *
 * @param client gRPC, and JSON unless {@code clientHttp} has an element
 * @param clientHttp only JSON and etcd's operational pages
 * @param metrics only etcd's {@code /metrics} and health checks
 * @param advertisedClient the URLs that the member publishes for clients
 * @param tls of those that are {@code https}; empty if none is
 */
public record Listeners(
    List<MemberUrl> client,
    List<MemberUrl> clientHttp,
    List<MemberUrl> metrics,
    List<MemberUrl> advertisedClient,
    Optional<TransportSecurity> tls) {

  static Listeners from(Settings settings) {
    List<MemberUrl> client = settings.urls("listen-client-urls");
    if (client.isEmpty()) {
      throw settings.refusal("listen-client-urls", "must name at least one URL");
    }
    List<MemberUrl> clientHttp = settings.urls("listen-client-http-urls");
    List<MemberUrl> metrics = settings.urls("listen-metrics-urls");
    return new Listeners(
        client,
        clientHttp,
        metrics,
        settings.isSet("advertise-client-urls")
            ? settings.urls("advertise-client-urls")
            : client.stream().map(Listeners::reachable).toList(),
        TransportSecurity.ofClients(
            settings, Stream.concat(client.stream(), clientHttp.stream()).toList(), metrics));
  }

  /** The URL with which a client on this machine reaches a listener. */
  private static MemberUrl reachable(MemberUrl listener) {
    return listener.isWildcard()
        ? new MemberUrl(listener.scheme(), "localhost", listener.port())
        : listener;
  }

  /** All that are listened on. */
  public List<MemberUrl> all() {
    return Stream.of(client, clientHttp, metrics).flatMap(List::stream).toList();
  }
}
