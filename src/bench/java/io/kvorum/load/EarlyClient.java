package io.kvorum.load;

import io.kvorum.testing.Pause;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Asks a server that is just starting, again and again, until it answers: it tries to connect every
 * two milliseconds, and waits for as long as the server keeps an early request. Thread-safe.
 */
final class EarlyClient {
  private static final long MILLIS_BETWEEN_ATTEMPTS = 2;
  private static final int CONNECT_MILLIS = 1_000;
  private static final Duration PATIENCE = ServerProcess.PATIENCE;

  private final Network network;

  EarlyClient(Network network) {
    this.network = network;
  }

  /** The time ({@link System#nanoTime}) of the first answer over gRPC. */
  long grpc(ServerProcess server, Request request) throws IOException, InterruptedException {
    return ask(server, request, endpoint -> network.grpc(endpoint, Integer.MAX_VALUE));
  }

  /** The time of the first answer over JSON. */
  long json(ServerProcess server, Request request) throws IOException, InterruptedException {
    return ask(server, request, network::json);
  }

  private long ask(ServerProcess server, Request request, Function<URI, Connection> connector)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    String last = "it does not listen";
    while (System.nanoTime() < deadline) {
      if (!server.alive()) {
        throw new IllegalStateException("the server has ended" + server.lastOutput());
      }
      if (listens(server.endpoint())) {
        Outcome outcome = call(connector.apply(server.endpoint()), request);
        if (outcome.failure() == null) {
          return outcome.atNanos();
        }
        last = outcome.failure();
      }
      Pause.of(MILLIS_BETWEEN_ATTEMPTS);
    }
    throw new IllegalStateException("no answer, the last failure: " + last + server.lastOutput());
  }

  /** A bare attempt costs far less than one of Netty. */
  private static boolean listens(URI endpoint) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(endpoint.getHost(), endpoint.getPort()), CONNECT_MILLIS);
      return true;
    } catch (java.net.ConnectException | java.net.SocketTimeoutException notYet) {
      return false;
    }
  }

  private static Outcome call(Connection connection, Request request) throws InterruptedException {
    CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    connection
        .eventLoop()
        .execute(
            () -> {
              connection.call(
                  request,
                  (bytes, failure) ->
                      outcome.complete(
                          new Outcome(
                              System.nanoTime(),
                              failure != null || bytes >= request.leastAnswerBytes()
                                  ? failure
                                  : "an answer of " + bytes + " bytes is too short")));
              connection.flush();
            });
    try {
      return outcome.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      return new Outcome(0, e.toString());
    } finally {
      connection.close();
    }
  }

  private record Outcome(long atNanos, @Nullable String failure) {}
}
