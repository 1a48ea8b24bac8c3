package io.kvorum.ops.web;

import io.kvorum.ops.HealthAnswers;
import io.kvorum.ops.HealthChecks;
import jakarta.inject.Inject;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Arrays;
import java.util.Set;

/**
 * Serves etcd's {@code /health}. Thread-safe.
 *
 * <p>Held by: OpsEndpointsIT.
 */
@WebServlet(urlPatterns = "/health", asyncSupported = true)
public class HealthServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  @Inject private transient HealthChecks checks;

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    if (WebAnswers.refusesMethod(request, response)) {
      return;
    }
    String[] excluded = request.getParameterValues("exclude");
    boolean serializable = "true".equals(request.getParameter("serializable"));
    WebAnswers.send(
        request,
        response,
        checks.health(
            excluded == null ? Set.of() : Set.copyOf(Arrays.asList(excluded)), serializable),
        HealthAnswers::health);
  }
}
