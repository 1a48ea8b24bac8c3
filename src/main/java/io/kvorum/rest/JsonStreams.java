package io.kvorum.rest;

import io.kvorum.service.ClientLimits;
import io.kvorum.service.DirectAnswer;
import io.kvorum.support.MemoryBudget;
import io.kvorum.support.Threads;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
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

  private final Map<JsonStream, Open> open = new ConcurrentHashMap<>();
  private final ExecutorService executor =
      Executors.newFixedThreadPool(THREADS, Threads.daemons("kvorum-json-stream"));

  /** For streams that the container writes: as many as there are clients that do not read. */
  private final ExecutorService writers =
      Executors.newCachedThreadPool(Threads.numberedDaemons("kvorum-json-writer"));

  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(Threads.daemons("kvorum-json-clock"));
  private final VanishedClients clients;
  private final JsonStream.StreamContext context;
  private final JsonStream.StreamContext blocking;

  @Inject
  public JsonStreams(VanishedClients clients, ClientLimits limits) {
    this.clients = clients;
    MemoryBudget unfinished = unfinished(limits);
    this.context = context(executor, limits, unfinished);
    this.blocking = context(writers, limits, unfinished);
    clock.scheduleWithFixedDelay(
        this::visitAll, HEARTBEAT_SECONDS, HEARTBEAT_SECONDS, TimeUnit.SECONDS);
  }

  /** What messages may take, one of which may take half. */
  private static MemoryBudget unfinished(ClientLimits limits) {
    long whole = Math.max(limits.unfinishedBytes(), 4L * limits.maxJsonBytes());
    return new MemoryBudget(whole, whole / 2, nobodyWaits -> {});
  }

  private static JsonStream.StreamContext context(
      Executor executor, ClientLimits limits, MemoryBudget unfinished) {
    return new JsonStream.StreamContext(
        executor, limits.maxJsonBytes(), PATIENCE, unfinished, System::nanoTime);
  }

  /** What ends with a stream. */
  private record Open(VanishedClients.Sought client, Runnable onEnd) {
    void end() {
      client.forget();
      onEnd.run();
    }
  }

  /**
   * Serves the request as a stream; the caller must return to the container.
   *
   * @param onEnd called when the stream has ended; possibly more than once
   */
  void serve(
      HttpServletRequest request, Function<Runnable, Conversation> conversations, Runnable onEnd)
      throws IOException {
    DirectAnswer direct = Callers.directAnswer(request);
    JsonStream stream =
        JsonStream.start(
            request, direct, direct == null ? blocking : context, conversations, this::ended);
    VanishedClients.Sought client =
        clients.seek(
            request, () -> stream.breakOff(new IOException("the relayed connection has ended")));
    open.put(stream, new Open(client, onEnd));
    if (stream.isClosed()) {
      ended(stream);
    }
  }

  private void ended(JsonStream stream) {
    Open ended = open.remove(stream);
    if (ended != null) {
      ended.end();
    }
  }

  /** The number of open streams. */
  public int count() {
    return open.size();
  }

  private void visitAll() {
    open.forEach(
        (stream, served) -> {
          stream.lookAtRequest();
          if (!served.client().isRelayed()) {
            stream.heartbeat();
          }
        });
  }

  @PreDestroy
  void close() {
    clock.shutdownNow();
    open.forEach(
        (stream, served) -> {
          served.end();
          stream.breakOff(new IOException("the member is stopping"));
        });
    executor.shutdown();
    writers.shutdown();
  }
}
