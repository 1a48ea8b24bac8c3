package io.kvorum.boot.config;

import io.kvorum.model.MemberUrl;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The addresses at which clients reach the member. Immutable.
 *
 * <p>Held by: MemberConfigTest, ListenUrlsTest.
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

  private static final String CLIENT = "listen-client-urls";
  private static final String ADVERTISED = "advertise-client-urls";

  static Listeners from(Settings settings) {
    List<MemberUrl> client = ListenUrls.ofClients(settings, CLIENT);
    if (client.isEmpty()) {
      throw settings.refusal(CLIENT, "must name at least one URL");
    }
    List<MemberUrl> clientHttp = ListenUrls.ofClients(settings, "listen-client-http-urls");
    List<MemberUrl> metrics = ListenUrls.ofClients(settings, "listen-metrics-urls");
    return new Listeners(
        client,
        clientHttp,
        metrics,
        advertised(settings, client),
        TransportSecurity.ofClients(
            settings, Stream.concat(client.stream(), clientHttp.stream()).toList(), metrics));
  }

  /**
   * The URLs that clients get, which are not compared with those that are listened on. Without the
   * flag they are the same, unless those name no address.
   */
  private static List<MemberUrl> advertised(Settings settings, List<MemberUrl> client) {
    if (!settings.isSet(ADVERTISED)) {
      if (settings.isSet(CLIENT) && client.stream().anyMatch(MemberUrl::isWildcard)) {
        throw settings.unusable(
            CLIENT,
            "--advertise-client-urls is required when --listen-client-urls is set explicitly: it"
                + " names the address of this machine that clients use");
      }
      return client;
    }
    List<MemberUrl> advertised = settings.clientUrls(ADVERTISED);
    for (MemberUrl url : advertised) {
      if (url.host().isEmpty()) {
        throw settings.unusable(
            ADVERTISED,
            "must be in the format \"host:port\", \"unix:/path/to/socket\" or"
                + " \"unixs:/path/to/socket\" (unexpected empty host ("
                + url
                + "))");
      }
    }
    return advertised;
  }

  /** All that are listened on. */
  public List<MemberUrl> all() {
    return Stream.of(client, clientHttp, metrics).flatMap(List::stream).toList();
  }
}
