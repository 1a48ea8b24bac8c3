package io.kvorum.rest;

import jakarta.inject.Inject;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.annotation.WebFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * What holds for every HTTP request: the relay's port lets only the relay in, a port for metrics
 * serves nothing else, every answer carries CORS headers, OPTIONS is answered at once, and {@code
 * /v3beta/} means {@code /v3/}.
 */
@WebFilter(urlPatterns = "/*", asyncSupported = true)
public final class ClientFilter implements Filter {
  private static final String OLD_PREFIX = "/v3beta/";

  @Inject private RelayGuard relay;
  @Inject private MetricsPorts metricsPorts;

  @Override
  public void doFilter(ServletRequest anyRequest, ServletResponse anyResponse, FilterChain chain)
      throws IOException, ServletException {
    HttpServletRequest request = (HttpServletRequest) anyRequest;
    HttpServletResponse response = (HttpServletResponse) anyResponse;
    if (!relay.admits(request)) {
      response.setStatus(HttpServletResponse.SC_FORBIDDEN);
      return;
    }
    response.addHeader("Access-Control-Allow-Methods", "POST, GET, OPTIONS, PUT, DELETE");
    response.addHeader("Access-Control-Allow-Origin", "*");
    response.addHeader("Access-Control-Allow-Headers", "accept, content-type, authorization");
    String path = request.getRequestURI().substring(request.getContextPath().length());
    if (request.getMethod().equals("OPTIONS")) {
      response.setStatus(HttpServletResponse.SC_OK);
    } else if (!metricsPorts.admits(request, path)
        || (path.startsWith("/v3") && path.endsWith("/"))) {
      // With a slash at the end JAX-RS would serve it like the path without one.
      GatewayError.NOT_FOUND.send(response);
    } else if (path.startsWith(OLD_PREFIX)) {
      String rest = path.substring(OLD_PREFIX.length());
      request.getRequestDispatcher("/v3/" + rest).forward(request, response);
    } else {
      chain.doFilter(request, response);
    }
  }
}
