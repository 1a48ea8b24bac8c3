package io.kvorum.rest;

import io.grpc.Status;
import io.kvorum.model.RequestException;
import io.kvorum.service.Admission;
import io.kvorum.service.Caller;
import io.kvorum.service.ClientLimits;
import io.kvorum.service.ElectionService;
import io.kvorum.service.Entrance;
import io.kvorum.service.Header;
import io.kvorum.service.Headers;
import io.kvorum.service.LeaseService;
import io.kvorum.service.StoreService;
import io.kvorum.service.WatchService;
import io.kvorum.wire.ApiPaths;
import io.kvorum.wire.ElectionWire;
import io.kvorum.wire.JsonCalls;
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
    urlPatterns = {ApiPaths.WATCH, ApiPaths.KEEP_ALIVE, ApiPaths.OBSERVE, ApiPaths.SNAPSHOT},
    asyncSupported = true)
public class StreamServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  @Inject private transient JsonStreams streams;
  @Inject private transient Admission admission;
  @Inject private transient WatchService watch;
  @Inject private transient Entrance<LeaseService> leases;
  @Inject private transient Entrance<ElectionService> elections;
  @Inject private transient Entrance<StoreService> store;
  @Inject private transient Headers headers;
  @Inject private transient ClientLimits limits;
  @Inject private transient JsonCalls calls;

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    if (!request.getMethod().equals("POST")) {
      GatewayError.WRONG_METHOD.send(response);
      return;
    }
    Caller caller = Callers.of(request);
    String method = method(request);
    JsonCalls.Stream call = calls.begin(method);
    try {
      admission.checkOpening(caller, method);
    } catch (RequestException refusal) {
      GatewayError error = GatewayError.of(refusal);
      call.ended(error.grpcCode());
      error.sendAsStream(response);
      return;
    }
    serve(request, caller, call);
  }

  /** Whether that path, below the context root, is a stream's. */
  static boolean serves(String path) {
    return path.equals(ApiPaths.WATCH)
        || path.equals(ApiPaths.KEEP_ALIVE)
        || path.equals(ApiPaths.OBSERVE)
        || path.equals(ApiPaths.SNAPSHOT);
  }

  private void serve(HttpServletRequest request, Caller caller, JsonCalls.Stream call)
      throws IOException {
    switch (request.getServletPath()) {
      case ApiPaths.WATCH ->
          serve(
              request,
              call,
              wake -> new WatchConversation(watch.open(caller, wake), this::header, limits),
              () -> {});
      case ApiPaths.KEEP_ALIVE -> {
        StreamVisit<LeaseService> visit = new StreamVisit<>(leases, caller);
        serve(
            request,
            call,
            wake ->
                new KeepAliveConversation(
                    asked -> visit.admit(asked).keepAlive(asked.getID()),
                    () -> headers.at(0),
                    wake),
            visit::ended);
      }
      case ApiPaths.OBSERVE -> {
        StreamVisit<ElectionService> visit = new StreamVisit<>(elections, caller);
        serve(
            request,
            call,
            wake ->
                new ObserveConversation(
                    asked -> visit.admit(asked).observe(ElectionWire.name(asked), wake),
                    leader -> ElectionWire.response(header(leader.revision()), leader)),
            visit::ended);
      }
      case ApiPaths.SNAPSHOT -> {
        StreamVisit<StoreService> visit = new StreamVisit<>(store, caller);
        serve(
            request,
            call,
            wake -> new SnapshotConversation(asked -> visit.admit(asked).snapshot(wake)),
            visit::ended);
      }
      default -> throw new IllegalArgumentException(request.getServletPath());
    }
  }

  private void serve(
      HttpServletRequest request,
      JsonCalls.Stream call,
      Function<Runnable, Conversation> conversations,
      Runnable onEnd)
      throws IOException {
    try {
      streams.serve(
          request, wake -> new CountedConversation(conversations.apply(wake), call), onEnd);
    } catch (IOException | RuntimeException notBegun) {
      call.ended(Status.Code.UNKNOWN);
      throw notBegun;
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
