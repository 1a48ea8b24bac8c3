package io.kvorum.rest;

import io.kvorum.service.CertificateUsers;
import io.kvorum.service.Entrance;
import io.kvorum.service.HttpRules;
import io.kvorum.service.KvService;
import io.kvorum.support.BrowserHeaders;
import io.kvorum.wire.ApiPaths;
import jakarta.inject.Inject;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.annotation.WebFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/**
 * Applies the rules for all HTTP requests: the {@link PortGuard}, {@link HttpRules}, an immediate
 * answer to OPTIONS, {@code /v3beta/} as an alias of {@code /v3/}, and no thread for a body that
 * has not arrived, or a caller that is not known yet. Thread-safe.
 *
 * <p>Held by: OpsEndpointsIT, LauncherIT.
 */
@WebFilter(urlPatterns = "/*", asyncSupported = true)
public final class ClientFilter implements Filter {
  private static final int MISDIRECTED = 421;
  private static final CompletableFuture<Void> RECOGNIZED = CompletableFuture.completedFuture(null);

  @Inject private PortGuard guard;
  @Inject private RequestBodies bodies;
  @Inject private CertificateUsers certificates;
  @Inject private HttpRules rules;
  @Inject private Entrance<KvService> kv;

  @Override
  public void doFilter(ServletRequest anyRequest, ServletResponse anyResponse, FilterChain chain)
      throws IOException, ServletException {
    HttpServletRequest request = (HttpServletRequest) anyRequest;
    HttpServletResponse response = (HttpServletResponse) anyResponse;
    if (!guard.admits(request)) {
      response.setStatus(HttpServletResponse.SC_FORBIDDEN);
      return;
    }
    // The client port does the same for what it passes on.
    if (Callers.relayed(request) == null && !isServedHere(request, response)) {
      return;
    }
    String path = request.getRequestURI().substring(request.getContextPath().length());
    if (request.getMethod().equals("OPTIONS")) {
      response.setStatus(HttpServletResponse.SC_OK);
    } else if (path.startsWith("/v3") && path.endsWith("/")) {
      // JAX-RS would serve a path with a trailing slash like the one without.
      GatewayError.NOT_FOUND.send(response);
    } else {
      serve(path, request, response, chain);
    }
  }

  /** Applies the rules to a request that the container has received itself. */
  private boolean isServedHere(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    BrowserHeaders.ALL.forEach(response::setHeader);
    String host = Objects.requireNonNullElse(request.getHeader("Host"), "");
    if (!request.isSecure() && !rules.admitsHost(host)) {
      response.setStatus(MISDIRECTED);
      response.setContentType("text/plain; charset=utf-8");
      response.getOutputStream().print(HttpRules.unknownHost(host));
      return false;
    }
    String origin = rules.allowedOrigin(request.getHeader("Origin"));
    if (origin != null) {
      response.addHeader("Access-Control-Allow-Headers", HttpRules.HEADERS);
      response.addHeader("Access-Control-Allow-Methods", HttpRules.METHODS);
      response.addHeader("Access-Control-Allow-Origin", origin);
    }
    if (!rules.servesJson() && request.getServletPath().startsWith("/v3")) {
      response.sendError(HttpServletResponse.SC_NOT_FOUND);
      return false;
    }
    return true;
  }

  private void serve(
      String path, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    String target = ApiPaths.current(path);
    CompletableFuture<Void> recognized =
        target.startsWith(ApiPaths.PREFIX) ? kv.recognize(Callers.of(request)) : RECOGNIZED;
    if (target.startsWith(ApiPaths.PREFIX) && certificates.isIgnored(Callers.of(request))) {
      refuseCertificate(response);
    } else if (comesPieceByPiece(target, request)) {
      WholeBody.await(target, request, response, bodies, recognized);
    } else if (!recognized.isDone()) {
      AsyncContext async = request.startAsync();
      async.setTimeout(0); // what is waited for has a time limit
      recognized.thenRun(() -> async.dispatch(target));
    } else if (!target.equals(path)) {
      request.getRequestDispatcher(target).forward(request, response);
    } else {
      chain.doFilter(request, response);
    }
  }

  /** In etcd's words. */
  private static void refuseCertificate(HttpServletResponse response) throws IOException {
    response.setStatus(HttpServletResponse.SC_BAD_REQUEST);
    response.setContentType("text/plain; charset=utf-8");
    response.setHeader("X-Content-Type-Options", "nosniff");
    response
        .getOutputStream()
        .print(
            "CommonName of client sending a request against gateway will be ignored and not used"
                + " as expected\n");
  }

  /** The client port sends whole bodies; others come at their client's pace. */
  private static boolean comesPieceByPiece(String path, HttpServletRequest request) {
    return Callers.relayed(request) == null
        && request.getMethod().equals("POST")
        && path.startsWith(ApiPaths.PREFIX)
        && !StreamServlet.serves(path);
  }
}
