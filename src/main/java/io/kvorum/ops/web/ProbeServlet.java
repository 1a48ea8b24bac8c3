package io.kvorum.ops.web;

import io.kvorum.ops.HealthAnswers;
import io.kvorum.ops.HealthChecks;
import io.kvorum.ops.HealthChecks.Check;
import io.kvorum.ops.HealthChecks.Probe;
import io.kvorum.ops.PlainAnswer;
import jakarta.inject.Inject;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Serves etcd's {@code /livez} and {@code /readyz}, as a whole or, with the name of a check as sub
 * path, in part. Failed checks are always listed, successful ones if {@code verbose} asks for it or
 * another one failed. Thread-safe.
 *
 * <p>Held by: OpsEndpointsIT.
 */
@WebServlet(
    urlPatterns = {"/livez/*", "/readyz/*"},
    asyncSupported = true)
public class ProbeServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  @Inject private transient HealthChecks checks;

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Probe probe = request.getServletPath().equals("/livez") ? Probe.LIVEZ : Probe.READYZ;
    List<Check> asked = asked(probe, request);
    if (asked.isEmpty() && request.getPathInfo() != null) {
      WebAnswers.send(PlainAnswer.notFound(), response);
    } else if (!WebAnswers.refusesMethod(request, response)) {
      boolean isVerbose = request.getParameter("verbose") != null;
      WebAnswers.send(
          request,
          response,
          checks.run(probe, asked),
          outcomes -> HealthAnswers.probe(outcomes, isVerbose));
    }
  }

  private static List<Check> asked(Probe probe, HttpServletRequest request) {
    @Nullable String subPath = request.getPathInfo();
    if (subPath != null) {
      return probe.checks().stream().filter(check -> subPath.equals("/" + check.label())).toList();
    }
    String[] excluded = request.getParameterValues("exclude");
    Set<String> left = excluded == null ? Set.of() : Set.copyOf(Arrays.asList(excluded));
    return probe.checks().stream().filter(check -> !left.contains(check.label())).toList();
  }
}
