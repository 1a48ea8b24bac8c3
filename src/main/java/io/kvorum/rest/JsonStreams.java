package io.kvorum.rest;

import io.kvorum.service.ClientLimits;
import io.kvorum.support.Threads;
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

/**
 * Runs the open JSON streams on two threads, and detects clients that disconnected silently, which
 * Liberty notices only when it writes. Behind the relay, the list of its connections shows it;
 * elsewhere a periodic empty line does. Thread-safe.
 *
 * <p>Held by: JsonWatchIT, JsonLeaseIT.
 */
@ApplicationSingleton
public final class JsonStreams {
  private static final int THREADS = 2;
  private static final int SEARCH_SECONDS = 2;
  private static final int HEARTBEAT_SECONDS = 30;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /**
   * @param relayPort the local port of the relay's connection; 0 for a request that was not relayed
   */
  private record Origin(int relayPort) {}

  private final Map<JsonStream, Origin> open = new ConcurrentHashMap<>();
  private final ExecutorService executor =
      Executors.newFixedThreadPool(THREADS, Threads.daemons("kvorum-json-stream"));
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(Threads.daemons("kvorum-json-clock"));
  private final PortGuard guard;
  private final JsonStream.StreamContext context;

  @Inject
  public JsonStreams(PortGuard guard, ClientLimits limits) {
    this.guard = guard;
    this.context =
        new JsonStream.StreamContext(executor, RequestBodies.maxJsonBytes(limits), PATIENCE);
    clock.scheduleWithFixedDelay(
        this::dropVanished, SEARCH_SECONDS, SEARCH_SECONDS, TimeUnit.SECONDS);
    clock.scheduleWithFixedDelay(
        this::sendHeartbeats, HEARTBEAT_SECONDS, HEARTBEAT_SECONDS, TimeUnit.SECONDS);
  }

  /** Serves the request as a stream; the caller must return to the container. */
  void serve(HttpServletRequest request, Function<Runnable, Conversation> conversations)
      throws IOException {
    Origin origin = new Origin(guard.isRelayed(request) ? request.getRemotePort() : 0);
    JsonStream stream = JsonStream.start(request, context, conversations, open::remove);
    open.put(stream, origin);
    if (stream.isClosed()) {
      open.remove(stream);
    }
  }

  /** The number of open streams. */
  public int count() {
    return open.size();
  }

  private void dropVanished() {
    open.forEach(
        (stream, origin) -> {
          if (origin.relayPort() != 0 && !guard.isConnected(origin.relayPort())) {
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
    open.keySet().forEach(stream -> stream.breakOff(new IOException("the member is stopping")));
    executor.shutdown();
  }
}
