package io.kvorum.rest;

import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * The streams that are open, the two threads that serve them, and the search for clients that have
 * gone without a word: Liberty notices that only when it writes. Behind the relay the end of the
 * connection shows in its list; elsewhere an empty line now and then has to do. Thread-safe.
 */
@ApplicationSingleton
public final class JsonStreams {
  private static final int THREADS = 2;
  private static final int SEARCH_SECONDS = 2;
  private static final int HEARTBEAT_SECONDS = 30;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /**
   * @param relayPort where the relay's connection comes from; 0 for a request that came otherwise
   */
  private record Origin(int relayPort) {}

  private final Map<JsonStream, Origin> open = new ConcurrentHashMap<>();
  private final ExecutorService executor =
      Executors.newFixedThreadPool(THREADS, work -> daemon(work, "kvorum-json-stream"));
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(work -> daemon(work, "kvorum-json-clock"));
  private final RelayGuard relay;
  private final JsonStream.Surroundings surroundings;

  @Inject
  public JsonStreams(
      RelayGuard relay,
      @ConfigProperty(name = "kvorum.max-request-bytes", defaultValue = "1572864")
          int maxRequestBytes) {
    this.relay = relay;
    this.surroundings = new JsonStream.Surroundings(executor, 2 * maxRequestBytes, PATIENCE);
    clock.scheduleWithFixedDelay(
        this::dropVanished, SEARCH_SECONDS, SEARCH_SECONDS, TimeUnit.SECONDS);
    clock.scheduleWithFixedDelay(
        this::sendHeartbeats, HEARTBEAT_SECONDS, HEARTBEAT_SECONDS, TimeUnit.SECONDS);
  }

  /** Serves the request as a stream; the caller must return to the container. */
  void serve(HttpServletRequest request, Function<Runnable, Conversation> conversations)
      throws IOException {
    Origin origin = new Origin(relay.isRelayed(request) ? request.getRemotePort() : 0);
    JsonStream stream = JsonStream.start(request, surroundings, conversations, open::remove);
    open.put(stream, origin);
    if (stream.isClosed()) {
      open.remove(stream);
    }
  }

  /** How many streams are open. */
  public int count() {
    return open.size();
  }

  private void dropVanished() {
    open.forEach(
        (stream, origin) -> {
          if (origin.relayPort() != 0 && !relay.isConnected(origin.relayPort())) {
            stream.breakOff(new IOException("the relayed connection has ended"));
          }
        });
  }

  private void sendHeartbeats() {
    open.forEach(
        (stream, origin) -> {
          if (origin.relayPort() == 0) {
            stream.heartbeat();
          }
        });
  }

  @PreDestroy
  void close() {
    clock.shutdownNow();
    open.keySet().forEach(stream -> stream.breakOff(new IOException("the member stops")));
    executor.shutdown();
  }

  private static Thread daemon(Runnable work, String name) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }
}
