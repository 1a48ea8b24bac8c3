package io.kvorum.rest;

import io.kvorum.service.ClientLimits;
import io.kvorum.service.DirectAnswer;
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
 * Runs the open JSON streams on two threads, unless the container writes them, and ends those of
 * clients that disconnected silently. {@link VanishedClients} finds the relayed ones; for all
 * others a periodic empty line has Liberty notice. Thread-safe.
 *
 * <p>Held by: JsonWatchIT, JsonLeaseIT.
 */
@ApplicationSingleton
public final class JsonStreams {
  private static final int THREADS = 2;
  private static final int HEARTBEAT_SECONDS = 30;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Map<JsonStream, VanishedClients.Sought> open = new ConcurrentHashMap<>();
  private final ExecutorService executor =
      Executors.newFixedThreadPool(THREADS, Threads.daemons("kvorum-json-stream"));

  /** For streams that the container writes: as many as there are clients that do not read. */
  private final ExecutorService writers =
      Executors.newCachedThreadPool(Threads.numberedDaemons("kvorum-json-writer"));

  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(Threads.daemons("kvorum-json-clock"));
  private final PortGuard guard;
  private final VanishedClients clients;
  private final JsonStream.StreamContext context;
  private final JsonStream.StreamContext blocking;

  @Inject
  public JsonStreams(PortGuard guard, VanishedClients clients, ClientLimits limits) {
    this.guard = guard;
    this.clients = clients;
    this.context = new JsonStream.StreamContext(executor, limits.maxJsonBytes(), PATIENCE);
    this.blocking = new JsonStream.StreamContext(writers, limits.maxJsonBytes(), PATIENCE);
    clock.scheduleWithFixedDelay(
        this::sendHeartbeats, HEARTBEAT_SECONDS, HEARTBEAT_SECONDS, TimeUnit.SECONDS);
  }

  /** Serves the request as a stream; the caller must return to the container. */
  void serve(HttpServletRequest request, Function<Runnable, Conversation> conversations)
      throws IOException {
    DirectAnswer direct = guard.directAnswer(request);
    JsonStream stream =
        JsonStream.start(
            request, direct, direct == null ? blocking : context, conversations, this::ended);
    open.put(
        stream,
        clients.seek(
            request, () -> stream.breakOff(new IOException("the relayed connection has ended"))));
    if (stream.isClosed()) {
      ended(stream);
    }
  }

  private void ended(JsonStream stream) {
    VanishedClients.Sought client = open.remove(stream);
    if (client != null) {
      client.forget();
    }
  }

  /** The number of open streams. */
  public int count() {
    return open.size();
  }

  private void sendHeartbeats() {
    open.forEach(
        (stream, client) -> {
          if (!client.isRelayed()) {
            stream.heartbeat();
          }
        });
  }

  @PreDestroy
  void close() {
    clock.shutdownNow();
    open.forEach(
        (stream, client) -> {
          client.forget();
          stream.breakOff(new IOException("the member is stopping"));
        });
    executor.shutdown();
    writers.shutdown();
  }
}
