package io.kvorum.ops.web;

import io.kvorum.ops.EtcdMetrics;
import io.kvorum.ops.MemberReport;
import io.kvorum.ops.MemberReporter;
import io.kvorum.ops.PlainAnswer;
import jakarta.inject.Inject;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * Serves etcd's {@code /metrics}, {@code /version} and {@code /debug/vars}. Thread-safe.
 *
 * <p>Held by: OpsEndpointsIT.
 */
@WebServlet({ReportServlet.METRICS, ReportServlet.VERSION, ReportServlet.VARS})
public class ReportServlet extends HttpServlet {
  static final String METRICS = "/metrics";
  static final String VERSION = "/version";
  static final String VARS = "/debug/vars";
  private static final long serialVersionUID = 1L;

  @Inject private transient MemberReporter reporter;

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    if (WebAnswers.refusesMethod(request, response)) {
      return;
    }
    MemberReport report = reporter.report();
    switch (request.getServletPath()) {
      case METRICS -> {
        byte[] text = EtcdMetrics.text(report);
        response.setContentType(EtcdMetrics.CONTENT_TYPE);
        response.setContentLength(text.length);
        response.getOutputStream().write(text);
      }
      case VERSION -> WebAnswers.send(PlainAnswer.json(report.versionJson()), response);
      default -> WebAnswers.send(PlainAnswer.json(report.variablesJson()), response);
    }
  }
}
