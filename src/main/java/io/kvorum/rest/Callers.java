package io.kvorum.rest;

import io.kvorum.service.Caller;
import io.kvorum.service.DirectAnswer;
import io.kvorum.service.RelayedConnections;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpServletRequest;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Knows the callers of requests: behind the relay as the client port saw them, otherwise as the
 * container does. Decided once, when a request arrives: its connection may be gone later.
 * Stateless.
 *
 * <p>Held by: RelayAccessIT, PlainLibertyIT.
 */
final class Callers {
  private static final String CALLER = "io.kvorum.caller";
  private static final String RELAYED = "io.kvorum.relayed";
  private static final String CERTIFICATES = "jakarta.servlet.request.X509Certificate";

  private static final String TRACE_PARENT = "traceparent";

  private Callers() {}

  /** The caller of a request that was admitted. */
  static Caller of(ServletRequest request) {
    if (request.getAttribute(CALLER) instanceof Caller caller) {
      return caller;
    }
    throw new IllegalStateException("the request did not come through the ClientFilter");
  }

  /** The client behind the relay; null for a request that came to the container itself. */
  static RelayedConnections.@Nullable Client relayed(ServletRequest request) {
    return request.getAttribute(RELAYED) instanceof RelayedConnections.Client client
        ? client
        : null;
  }

  /** The way past the container for the answer to that request; null if there is none. */
  static @Nullable DirectAnswer directAnswer(ServletRequest request) {
    RelayedConnections.Client client = relayed(request);
    return client == null ? null : client.answer();
  }

  /**
   * Notes the caller of a request.
   *
   * @param relayed the client behind the relay; null if the request came to the container itself
   */
  static void note(HttpServletRequest request, RelayedConnections.@Nullable Client relayed) {
    String token = token(request);
    Caller client = relayed == null ? ofContainer(request).withToken(token) : relayed.caller(token);
    request.setAttribute(CALLER, client.withTraceParent(request.getHeader(TRACE_PARENT)));
    request.setAttribute(RELAYED, relayed);
  }

  private static @Nullable String token(HttpServletRequest request) {
    return Caller.TOKEN_HEADERS.stream()
        .map(request::getHeader)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  private static Caller ofContainer(HttpServletRequest request) {
    X509Certificate certificate =
        request.getAttribute(CERTIFICATES) instanceof X509Certificate[] chain && chain.length > 0
            ? chain[0]
            : null;
    return Caller.of(
        // The container gives the number of an address, which needs no resolving.
        InetSocketAddress.createUnresolved(request.getRemoteAddr(), request.getRemotePort()),
        request.isSecure(),
        certificate,
        Caller.Face.JSON);
  }
}
