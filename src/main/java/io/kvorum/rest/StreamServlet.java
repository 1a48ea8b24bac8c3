package io.kvorum.rest;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.service.ClientLimits;
import io.kvorum.service.ClusterService;
import io.kvorum.service.ElectionService;
import io.kvorum.service.Header;
import io.kvorum.service.Headers;
import io.kvorum.service.LeaseService;
import io.kvorum.service.StoreService;
import io.kvorum.watch.WatchHub;
import io.kvorum.wire.ElectionWire;
import io.kvorum.wire.LearnerCalls;
import jakarta.inject.Inject;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Objects;
import java.util.function.Function;

/**
 * Serves the calls whose answers are streams. A servlet rather than a resource: JAX-RS can neither
 * read a body piece by piece nor write an answer so without holding a thread. Thread-safe.
 *
 * <p>Held by: JsonWatchIT, JsonLeaseIT, JsonElectionIT.
 */
@WebServlet(
    urlPatterns = {
      StreamServlet.WATCH,
      StreamServlet.KEEP_ALIVE,
      StreamServlet.OBSERVE,
      StreamServlet.SNAPSHOT
    },
    asyncSupported = true)
public class StreamServlet extends HttpServlet {
  static final String WATCH = "/v3/watch";
  static final String KEEP_ALIVE = "/v3/lease/keepalive";
  static final String OBSERVE = "/v3/election/observe";
  static final String SNAPSHOT = "/v3/maintenance/snapshot";
  private static final long serialVersionUID = 1L;

  @Inject private transient JsonStreams streams;
  @Inject private transient WatchHub hub;
  @Inject private transient LeaseService leases;
  @Inject private transient ElectionService elections;
  @Inject private transient StoreService store;
  @Inject private transient ClusterService cluster;
  @Inject private transient Headers headers;
  @Inject private transient ClientLimits limits;

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    if (!request.getMethod().equals("POST")) {
      GatewayError.WRONG_METHOD.send(response);
    } else if (cluster.isLearner() && !LearnerCalls.isStreamServed(method(request))) {
      GatewayError.of(new RequestException(ErrorCode.NOT_SUPPORTED_FOR_LEARNER)).send(response);
    } else {
      streams.serve(request, conversations(request.getServletPath()));
    }
  }

  /** Whether that path, below the context root, is a stream's. */
  static boolean serves(String path) {
    return path.equals(WATCH)
        || path.equals(KEEP_ALIVE)
        || path.equals(OBSERVE)
        || path.equals(SNAPSHOT);
  }

  private Function<Runnable, Conversation> conversations(String path) {
    return switch (path) {
      case WATCH -> wake -> new WatchConversation(hub, this::header, limits, wake);
      case KEEP_ALIVE ->
          wake -> new KeepAliveConversation(leases::keepAlive, () -> headers.at(0), wake);
      case OBSERVE ->
          wake ->
              new ObserveConversation(
                  name -> elections.observe(name, wake),
                  leader -> ElectionWire.response(header(leader.revision()), leader));
      case SNAPSHOT -> wake -> new SnapshotConversation(() -> store.snapshot(wake));
      default -> throw new IllegalArgumentException(path);
    };
  }

  private static String method(HttpServletRequest request) {
    String path = request.getServletPath().substring("/v3".length());
    return Objects.requireNonNull(GatewayPaths.callAt(path), path);
  }

  private Header header(long revision) {
    return revision == 0 ? headers.withoutRevision() : headers.at(revision);
  }
}
