package io.kvorum.ops.web;

import io.kvorum.grpc.OperatorPages;
import io.kvorum.ops.MemberPages;
import jakarta.inject.Inject;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Serves etcd's pages for operators below the context root, where a Liberty of others has the
 * application; on the client port, the port answers them itself. Thread-safe.
 *
 * <p>Held by: PlainLibertyIT.
 */
@WebServlet(
    urlPatterns = {"/health", "/livez/*", "/readyz/*", "/version", "/metrics", "/debug/vars"},
    asyncSupported = true)
public class PagesServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  @Inject private transient MemberPages pages;

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    @Nullable String subPath = request.getPathInfo();
    Map<String, List<String>> parameters = new HashMap<>();
    request.getParameterMap().forEach((name, values) -> parameters.put(name, List.of(values)));
    WebAnswers.send(
        request,
        response,
        pages.answer(
            new OperatorPages.Request(
                request.getMethod(),
                request.getServletPath() + (subPath == null ? "" : subPath),
                parameters,
                OperatorPages.Visitor.UNKNOWN)));
  }
}
