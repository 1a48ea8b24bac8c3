package io.kvorum.rest;

import io.kvorum.service.RelayedConnections;
import io.kvorum.support.Log;
import io.kvorum.support.Threads;
import jakarta.annotation.PreDestroy;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Looks for clients that have disconnected while their requests are being served: Liberty notices
 * that only when it writes. Behind the relay, the list of its connections shows it; a client that
 * did not come through the relay is not missed here. Thread-safe.
 *
 * <p>Held by: JsonLockIT, JsonWatchIT.
 */
@ApplicationSingleton
public final class VanishedClients {
  private static final Log LOG = Log.of(VanishedClients.class);
  private static final int SEARCH_MILLIS = 200;

  private final Set<Sought> sought = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(Threads.daemons("kvorum-json-clients"));

  public VanishedClients() {
    clock.scheduleWithFixedDelay(this::search, SEARCH_MILLIS, SEARCH_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** The client of one request. */
  final class Sought {
    private final RelayedConnections.@Nullable Client relayed;
    private final Runnable onVanished;

    private Sought(RelayedConnections.@Nullable Client relayed, Runnable onVanished) {
      this.relayed = relayed;
      this.onVanished = onVanished;
    }

    /** Whether it came through the relay, so that its end is noticed. */
    boolean isRelayed() {
      return relayed != null;
    }

    /** False once it is known to have disconnected. */
    boolean isConnected() {
      return relayed == null || relayed.isOpenBothWays();
    }

    /** Ends the search, once the request is answered. */
    void forget() {
      sought.remove(this);
    }

    private void check() {
      if (!isConnected()) {
        giveUp();
      }
    }

    private void giveUp() {
      if (sought.remove(this)) {
        try {
          onVanished.run();
        } catch (RuntimeException failure) {
          LOG.error("bug: a request could not be given up", failure);
        }
      }
    }
  }

  /**
   * Begins to look for the client of a request.
   *
   * @param onVanished called at most once; must not block
   */
  Sought seek(HttpServletRequest request, Runnable onVanished) {
    Sought client = new Sought(Callers.relayed(request), onVanished);
    sought.add(client);
    return client;
  }

  private void search() {
    sought.forEach(Sought::check);
  }

  /** The member is stopping: nobody will be answered any more. */
  @PreDestroy
  void close() {
    clock.shutdownNow();
    sought.forEach(Sought::giveUp);
  }
}
