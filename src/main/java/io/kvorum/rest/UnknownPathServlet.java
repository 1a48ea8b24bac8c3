package io.kvorum.rest;

import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Answers unknown paths with etcd's plain text instead of the container's error page.
 *
 * <p>Held by: OpsEndpointsIT.
 */
@WebServlet("/")
public class UnknownPathServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    response.setStatus(HttpServletResponse.SC_NOT_FOUND);
    response.setContentType("text/plain; charset=utf-8");
    response.getOutputStream().write("404 page not found\n".getBytes(StandardCharsets.US_ASCII));
  }
}
