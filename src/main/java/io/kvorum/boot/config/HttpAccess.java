package io.kvorum.boot.config;

import io.kvorum.model.MemberUrl;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Says who may use the HTTP side of the client URLs. Immutable.
 *
 * <p>Held by: MemberConfigTest.
 *
 * @param origins whose pages browsers may let call, such as {@code http://a.example:80}, or {@code
 *     *} for all
 * @param hosts names that a request without TLS may carry, or {@code *} for all
 * @param hasGateway whether JSON is served
 */
public record HttpAccess(Set<String> origins, Set<String> hosts, boolean hasGateway) {
  private static final String ALL = "*";

  static HttpAccess from(Settings settings) {
    Set<String> hosts =
        new LinkedHashSet<>(Arrays.asList(settings.text("host-whitelist").split(",", -1)));
    return new HttpAccess(origins(settings), hosts, settings.bool("enable-grpc-gateway"));
  }

  private static Set<String> origins(Settings settings) {
    String text = settings.text("cors");
    if (text.equals(ALL)) {
      return Set.of(ALL);
    }
    try {
      if (text.isBlank()) {
        throw new IllegalArgumentException("must be * or URLs such as http://a.example:80");
      }
      return MemberUrl.parseList(text).stream()
          .map(MemberUrl::toString)
          .collect(Collectors.toCollection(LinkedHashSet::new));
    } catch (IllegalArgumentException wrong) {
      throw settings.refusal("cors", wrong.getMessage());
    }
  }
}
