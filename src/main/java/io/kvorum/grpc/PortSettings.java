package io.kvorum.grpc;

import io.kvorum.service.ClientLimits;
import io.kvorum.service.HttpRules;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Configures a {@link ClientPort}. Immutable.
 *
 * <p>Held by: ClientPortTest, ClientPortStartTest, GrpcSideTest.
 *
 * @param calls limits the calls of both faces
 * @param leaderCheckInterval how often open streams that require a leader are checked
 * @param bounds limits what clients take beside the answers to their calls
 * @param faces what holds for the two faces
 */
public record PortSettings(
    Addresses addresses,
    ClientLimits calls,
    Duration leaderCheckInterval,
    Bounds bounds,
    Faces faces) {
  /** Threads that serve gRPC and JSON; one more accepts connections. */
  static final int EVENT_LOOPS = 2;

  /**
   * Sets what the two faces serve and note.
   *
   * @param grpc what connections of gRPC may do
   * @param http what holds for HTTP requests
   * @param watched what is noted of calls
   */
  public record Faces(Http2 grpc, HttpRules http, Watched watched) {
    static final Faces USUAL = new Faces(Http2.USUAL, HttpRules.open(), new Watched(false, false));
  }

  /**
   * Says what is noted of calls.
   *
   * @param measuresHandling whether the time is measured that they take
   * @param readsTraceParents whether it is read to which span of its client a call belongs
   */
  public record Watched(boolean measuresHandling, boolean readsTraceParents) {}

  /**
   * Names what is listened on: internet addresses, where port 0 lets the system choose, and those
   * of Unix domain sockets.
   *
   * @param client for gRPC, and for HTTP/1.1 unless {@code http} has an element
   * @param http for HTTP/1.1 alone
   * @param metrics for pages alone
   */
  public record Addresses(
      List<SocketAddress> client, List<SocketAddress> http, List<SocketAddress> metrics) {
    public Addresses {
      client = List.copyOf(client);
      http = List.copyOf(http);
      metrics = List.copyOf(metrics);
      if (client.isEmpty()) {
        throw new IllegalArgumentException("no address to listen on");
      }
    }

    /** Those for gRPC, of whose servers each has one kind of channel: internet, or Unix domain. */
    List<List<SocketAddress>> clientByKind() {
      return client.stream()
          .collect(Collectors.partitioningBy(InetSocketAddress.class::isInstance))
          .values()
          .stream()
          .filter(alike -> !alike.isEmpty())
          .toList();
    }

    List<SocketAddress> all() {
      return Stream.of(client, http, metrics).flatMap(List::stream).toList();
    }
  }

  /**
   * Bounds what clients take.
   *
   * @param hold those who come before they can be served
   * @param http clients of HTTP/1.1
   * @param arrivingBytes requests until they have arrived
   * @param presenceBytes connections and calls by being there
   * @param perAddress connections of one address; 0 for no limit
   */
  record Bounds(
      HoldLimits hold, HttpLimits http, long arrivingBytes, long presenceBytes, int perAddress) {
    Bounds withHold(HoldLimits other) {
      return new Bounds(other, http, arrivingBytes, presenceBytes, perAddress);
    }

    Bounds withHttp(HttpLimits other) {
      return new Bounds(hold, other, arrivingBytes, presenceBytes, perAddress);
    }

    Bounds withMemory(long arriving, long present) {
      return new Bounds(hold, http, arriving, present, perAddress);
    }

    Bounds withMostPerAddress(int most) {
      return new Bounds(hold, http, arrivingBytes, presenceBytes, most);
    }
  }

  /**
   * Bounds what a connection of gRPC may do.
   *
   * @param mostStreams calls at a time; also requests of HTTP/2 where gRPC is not served
   * @param leastPingGap between two pings of a client with open calls; one without may ping every
   *     two hours. A client that pings too often three times is disconnected.
   * @param pingInterval after which a silent client is pinged
   * @param pingTimeout after which one that does not answer is disconnected
   */
  public record Http2(
      int mostStreams, Duration leastPingGap, Duration pingInterval, Duration pingTimeout) {
    /** As etcd has it by default. */
    public static final Http2 USUAL =
        new Http2(
            Integer.MAX_VALUE, Duration.ofSeconds(5), Duration.ofHours(2), Duration.ofSeconds(20));
  }

  /** The usual settings, with a check for a leader per election timeout. */
  public static PortSettings of(
      List<? extends SocketAddress> client, ClientLimits calls, Duration electionTimeout) {
    return new PortSettings(
        new Addresses(List.copyOf(client), List.of(), List.of()),
        calls,
        electionTimeout,
        new Bounds(
            HoldLimits.usual(),
            HttpLimits.usual(calls, EVENT_LOOPS + 1),
            Long.MAX_VALUE / 2,
            Long.MAX_VALUE / 2,
            0),
        Faces.USUAL);
  }

  /** The same, with addresses for HTTP/1.1 alone. */
  public PortSettings withHttp(
      List<? extends SocketAddress> http, List<? extends SocketAddress> metrics) {
    return new PortSettings(
        new Addresses(addresses.client(), List.copyOf(http), List.copyOf(metrics)),
        calls,
        leaderCheckInterval,
        bounds,
        faces);
  }

  /** The same, with other bounds of what a connection of gRPC may do. */
  public PortSettings withHttp2(Http2 other) {
    return with(new Faces(other, faces.http(), faces.watched()));
  }

  /** The same, with what is noted of calls. */
  public PortSettings watching(Watched other) {
    return with(new Faces(faces.grpc(), faces.http(), other));
  }

  /**
   * The same, with limits of what clients take beside the answers to their calls.
   *
   * @param arriving of requests until they have arrived
   * @param present of connections and calls by being there
   */
  public PortSettings withMemory(long arriving, long present) {
    return with(bounds.withMemory(arriving, present));
  }

  /**
   * The same, with a limit of the connections of one address.
   *
   * @param most 0 for no limit
   */
  public PortSettings withMostPerAddress(int most) {
    return with(bounds.withMostPerAddress(most));
  }

  /** The same, with other rules for HTTP requests. */
  public PortSettings withRules(HttpRules other) {
    return with(new Faces(faces.grpc(), other, faces.watched()));
  }

  PortSettings withHold(HoldLimits other) {
    return with(bounds.withHold(other));
  }

  PortSettings withHttpLimits(HttpLimits other) {
    return with(bounds.withHttp(other));
  }

  private PortSettings with(Faces other) {
    return new PortSettings(addresses, calls, leaderCheckInterval, bounds, other);
  }

  private PortSettings with(Bounds other) {
    return new PortSettings(addresses, calls, leaderCheckInterval, other, faces);
  }
}
