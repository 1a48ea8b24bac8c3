package io.kvorum.service;

import io.kvorum.support.JsonText;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides which HTTP requests are served, and pages of which origins may read the answers.
 * Immutable.
 *
 * <p>Held by: HttpRulesTest.
 *
 * @param origins such as {@code http://a.example:80}; with {@code *} every origin
 * @param hosts what the Host header of a request without TLS may name, without its port; with
 *     {@code *} every name
 * @param servesJson whether there is a JSON API
 */
public record HttpRules(Set<String> origins, Set<String> hosts, boolean servesJson) {
  /** Methods that the answers to other origins name. */
  public static final String METHODS = "POST, GET, OPTIONS, PUT, DELETE";

  /** Headers that they may send. */
  public static final String HEADERS = "accept, content-type, authorization";

  private static final String ALL = "*";

  public HttpRules {
    origins = Set.copyOf(origins);
    hosts = Set.copyOf(hosts);
  }

  /** Serves everyone. */
  public static HttpRules open() {
    return new HttpRules(Set.of(ALL), Set.of(ALL), true);
  }

  /**
   * The value of {@code Access-Control-Allow-Origin}; null if the answer has no header of CORS.
   *
   * @param origin of the page that asks; null if the request names none
   */
  public @Nullable String allowedOrigin(@Nullable String origin) {
    if (origins.contains(ALL)) {
      return ALL;
    }
    return origin != null && origins.contains(origin) ? origin : null;
  }

  /**
   * Whether a request without TLS is served. As in etcd, letters in another case are another name.
   *
   * @param host the Host header, with or without a port; empty if there is none
   */
  public boolean admitsHost(String host) {
    return hosts.contains(ALL) || hosts.contains(withoutPort(host));
  }

  /** The answer to a request that is not served, in etcd's words. */
  public static String unknownHost(String host) {
    return """

        etcd received your request, but the Host header was unrecognized.

        To fix this, choose one of the following options:
        - Enable TLS, then any HTTPS request will be allowed.
        - Add the hostname you want to use to the whitelist in settings.
          - e.g. etcd --host-whitelist %s

        This requirement has been added to help prevent "DNS Rebinding" attacks (CVE-2018-5702).

        """
        .formatted(JsonText.quoted(withoutPort(host)));
  }

  private static String withoutPort(String host) {
    int colon = host.lastIndexOf(':');
    if (colon < 0) {
      return host;
    }
    if (host.startsWith("[")) {
      return host.charAt(colon - 1) == ']' ? host.substring(1, colon - 1) : host;
    }
    return host.indexOf(':') == colon ? host.substring(0, colon) : host;
  }
}
