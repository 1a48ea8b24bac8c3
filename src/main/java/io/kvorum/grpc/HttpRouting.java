package io.kvorum.grpc;

import io.grpc.Status;
import java.net.InetSocketAddress;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides where HTTP/1.1 connections go that ask for more than pages: to the container's endpoint,
 * once it is known and clients are served, or nowhere. Thread-safe.
 *
 * <p>Held by: HttpHoldTest.
 */
final class HttpRouting {

  /** Where a connection goes. */
  sealed interface Route permits Relay, Refusal {}

  /** To that endpoint. */
  record Relay(InetSocketAddress endpoint) implements Route {}

  /** Nowhere. */
  record Refusal(Supplier<PlainAnswer> answer) implements Route {}

  private final HoldingRoom room;
  private volatile @Nullable Route route;
  private volatile boolean isOpen;

  HttpRouting(HoldLimits limits) {
    this.room = new HoldingRoom(limits);
  }

  /** The route that never changes: JSON is served elsewhere. */
  static HttpRouting elsewhere(HoldLimits limits, Supplier<String> where) {
    HttpRouting routing = new HttpRouting(limits);
    routing.servedAt(where);
    return routing;
  }

  /** The member serves clients: connections may be relayed from now on. */
  void open() {
    isOpen = true;
    room.call();
  }

  /** There is an endpoint, which accepts connections. */
  void relayTo(InetSocketAddress endpoint) {
    set(new Relay(endpoint));
  }

  /** There will be no endpoint. */
  void unavailable(String reason) {
    set(new Refusal(() -> PlainAnswer.gatewayError(Status.Code.UNAVAILABLE, reason)));
  }

  /** There is none, and JSON is served by others. */
  void servedAt(Supplier<String> where) {
    set(
        new Refusal(
            () ->
                PlainAnswer.gatewayError(
                    Status.Code.NOT_FOUND,
                    "this port does not serve JSON: it is served " + where.get())));
  }

  private void set(Route known) {
    route = known;
    room.call();
  }

  /** The route; null while connections have to wait. */
  @Nullable Route route() {
    Route known = route;
    return known instanceof Relay && !isOpen ? null : known;
  }

  /** Where connections wait for a route. */
  HoldingRoom room() {
    return room;
  }
}
