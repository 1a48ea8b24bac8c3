package io.kvorum.boot.config;

import io.kvorum.model.MemberUrl;
import java.util.List;

/**
 * The addresses at which clients reach the member. Immutable.
 *
 * <p>Held by: MemberConfigTest.
 *
 * @param client gRPC, and JSON unless {@code clientHttp} has an element
 * @param clientHttp only JSON and etcd's operational pages
 * @param metrics only etcd's {@code /metrics} and health checks
 * @param advertisedClient the URLs that the member publishes for clients
 */
public record Listeners(
    List<MemberUrl> client,
    List<MemberUrl> clientHttp,
    List<MemberUrl> metrics,
    List<MemberUrl> advertisedClient) {

  static Listeners from(Settings settings) {
    List<MemberUrl> client = plain(settings, "listen-client-urls");
    if (client.isEmpty()) {
      throw settings.refusal("listen-client-urls", "must name at least one URL");
    }
    return new Listeners(
        client,
        plain(settings, "listen-client-http-urls"),
        plain(settings, "listen-metrics-urls"),
        settings.isSet("advertise-client-urls")
            ? settings.urls("advertise-client-urls")
            : client.stream().map(Listeners::reachable).toList());
  }

  /** The URL with which a client on this machine reaches a listener. */
  private static MemberUrl reachable(MemberUrl listener) {
    return listener.isWildcard()
        ? new MemberUrl(listener.scheme(), "localhost", listener.port())
        : listener;
  }

  private static List<MemberUrl> plain(Settings settings, String flag) {
    List<MemberUrl> urls = settings.urls(flag);
    if (urls.stream().anyMatch(MemberUrl::isSecure)) {
      throw settings.refusal(flag, "TLS is not supported yet, use http://");
    }
    return urls;
  }
}
