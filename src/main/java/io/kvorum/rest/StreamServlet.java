package io.kvorum.rest;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.service.ClientLimits;
import io.kvorum.service.ClusterService;
import io.kvorum.service.Header;
import io.kvorum.service.Headers;
import io.kvorum.service.LeaseService;
import io.kvorum.watch.WatchHub;
import io.kvorum.wire.LearnerCalls;
import jakarta.inject.Inject;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Objects;

/**
 * Serves the two calls that are streams in both directions. A servlet rather than a resource:
 * JAX-RS cannot read a body piece by piece without holding a thread. Thread-safe.
 *
 * <p>Held by: JsonWatchIT, JsonLeaseIT.
 */
@WebServlet(
    urlPatterns = {StreamServlet.WATCH, StreamServlet.KEEP_ALIVE},
    asyncSupported = true)
public class StreamServlet extends HttpServlet {
  static final String WATCH = "/v3/watch";
  static final String KEEP_ALIVE = "/v3/lease/keepalive";
  private static final long serialVersionUID = 1L;

  @Inject private transient JsonStreams streams;
  @Inject private transient WatchHub hub;
  @Inject private transient LeaseService leases;
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
    } else if (request.getServletPath().equals(WATCH)) {
      streams.serve(request, wake -> new WatchConversation(hub, this::header, limits, wake));
    } else {
      streams.serve(
          request, wake -> new KeepAliveConversation(leases::keepAlive, () -> headers.at(0), wake));
    }
  }

  private static String method(HttpServletRequest request) {
    String path = request.getServletPath().substring("/v3".length());
    return Objects.requireNonNull(GatewayPaths.callAt(path), path);
  }

  private Header header(long revision) {
    return revision == 0 ? headers.withoutRevision() : headers.at(revision);
  }
}
