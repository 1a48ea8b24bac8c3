package io.kvorum.ops;

import jakarta.inject.Inject;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Arrays;
import java.util.Set;

/** etcd's {@code /health}: one JSON object, 200 or 503. */
@WebServlet(urlPatterns = "/health", asyncSupported = true)
public class HealthServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  @Inject private transient HealthChecks checks;

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    if (PlainAnswer.refusesMethod(request, response)) {
      return;
    }
    String[] excluded = request.getParameterValues("exclude");
    boolean serializable = "true".equals(request.getParameter("serializable"));
    PlainAnswer.send(
        request,
        response,
        checks.health(
            excluded == null ? Set.of() : Set.copyOf(Arrays.asList(excluded)), serializable),
        HealthServlet::answer);
  }

  static PlainAnswer answer(HealthChecks.Health health) {
    String json =
        "{\"health\":\"" + health.isHealthy() + "\",\"reason\":" + quoted(health.reason()) + "}";
    return health.isHealthy()
        ? PlainAnswer.text(json)
        : PlainAnswer.error(HttpServletResponse.SC_SERVICE_UNAVAILABLE, json);
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    text.chars()
        .forEach(
            c -> {
              if (c == '"' || c == '\\') {
                quoted.append('\\').append((char) c);
              } else if (c < ' ') {
                quoted.append(String.format("\\u%04x", c));
              } else {
                quoted.append((char) c);
              }
            });
    return quoted.append('"').toString();
  }
}
