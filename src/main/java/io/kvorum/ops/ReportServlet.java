package io.kvorum.ops;

import jakarta.inject.Inject;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** etcd's {@code /metrics}, {@code /version} and {@code /debug/vars}. */
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
    if (PlainAnswer.refusesMethod(request, response)) {
      return;
    }
    MemberReport report = reporter.report();
    switch (request.getServletPath()) {
      case METRICS -> {
        Exposition out = new Exposition();
        EtcdMetrics.write(report, out);
        ProcessFigures.write(out);
        byte[] text = out.toByteArray();
        response.setContentType(Exposition.CONTENT_TYPE);
        response.setContentLength(text.length);
        response.getOutputStream().write(text);
      }
      case VERSION -> PlainAnswer.json(version(report)).send(response);
      default -> PlainAnswer.json(variables(report)).send(response);
    }
  }

  static String version(MemberReport report) {
    return String.format(
        "{\"etcdserver\":\"%s\",\"etcdcluster\":\"%s.0\",\"storage\":\"%s\"}",
        report.status().version(), report.clusterVersion(), report.status().storageVersion());
  }

  static String variables(MemberReport report) {
    Runtime runtime = Runtime.getRuntime();
    return String.format(
        "{\"raft.status\":{\"id\":\"%x\",\"term\":%d,\"commit\":%d,\"applied\":%d,\"lead\":\"%x\"},"
            + "\"memstats\":{\"HeapAlloc\":%d,\"HeapSys\":%d}}",
        report.memberId(),
        report.consensus().term(),
        report.consensus().committedIndex(),
        report.consensus().appliedIndex(),
        report.consensus().leaderId(),
        runtime.totalMemory() - runtime.freeMemory(),
        runtime.totalMemory());
  }
}
