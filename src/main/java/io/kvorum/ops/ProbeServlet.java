package io.kvorum.ops;

import io.kvorum.ops.HealthChecks.Check;
import io.kvorum.ops.HealthChecks.Outcome;
import io.kvorum.ops.HealthChecks.Probe;
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
 * etcd's {@code /livez} and {@code /readyz}, as a whole or, with the name of a check as sub path,
 * in part. What failed is always told, what succeeded only if {@code verbose} asks for it.
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
      PlainAnswer.notFound().send(response);
    } else if (!PlainAnswer.refusesMethod(request, response)) {
      boolean isVerbose = request.getParameter("verbose") != null;
      PlainAnswer.send(
          request, response, checks.run(probe, asked), outcomes -> answer(outcomes, isVerbose));
    }
  }

  private static List<Check> asked(Probe probe, HttpServletRequest request) {
    @Nullable String subPath = request.getPathInfo();
    if (subPath != null) {
      return probe.checks.stream().filter(check -> subPath.equals("/" + check.label)).toList();
    }
    String[] excluded = request.getParameterValues("exclude");
    Set<String> left = excluded == null ? Set.of() : Set.copyOf(Arrays.asList(excluded));
    return probe.checks.stream().filter(check -> !left.contains(check.label)).toList();
  }

  static PlainAnswer answer(List<Outcome> outcomes, boolean isVerbose) {
    StringBuilder details = new StringBuilder();
    for (Outcome outcome : outcomes) {
      if (outcome.isOk()) {
        details.append("[+]").append(outcome.check().label).append(" ok\n");
      } else {
        details.append("[-]").append(outcome.check().label).append(" failed: ");
        details.append(outcome.problem()).append('\n');
      }
    }
    if (!outcomes.stream().allMatch(Outcome::isOk)) {
      return PlainAnswer.error(HttpServletResponse.SC_SERVICE_UNAVAILABLE, details.toString());
    }
    return PlainAnswer.text(isVerbose ? details + "ok\n" : "ok\n");
  }
}
