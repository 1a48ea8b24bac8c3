package io.kvorum.grpc;

import io.kvorum.service.Caller;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Answers the pages for operators, such as {@code /health}, which the client port serves itself,
 * whatever state the member is in. Thread-safe; nothing may block.
 */
public interface OperatorPages {

  /**
   * A request for a page.
   *
   * @param path without escapes, and without the query
   * @param parameters of the query: the values of each name, in their order
   */
  record Request(
      String method, String path, Map<String, List<String>> parameters, Visitor visitor) {}

  /**
   * Who asks for a page.
   *
   * @param caller null if it is not known
   * @param isDirect false if the request says that it was forwarded, or comes from a page in a
   *     browser, or names this member by another name than those of its machine for itself
   */
  record Visitor(@Nullable Caller caller, boolean isDirect) {
    /** Somebody. */
    public static final Visitor UNKNOWN = new Visitor(null, false);
  }

  /** Whether there is such a page. */
  boolean has(String path);

  /** The answer for a page that {@linkplain #has there is}; it does not fail. */
  CompletableFuture<PlainAnswer> answer(Request request);

  /** Some of these pages, with the pages below them. */
  default OperatorPages only(Set<String> paths) {
    OperatorPages all = this;
    return new OperatorPages() {
      @Override
      public boolean has(String path) {
        int second = path.indexOf('/', 1);
        return paths.contains(second < 0 ? path : path.substring(0, second)) && all.has(path);
      }

      @Override
      public CompletableFuture<PlainAnswer> answer(Request request) {
        return all.answer(request);
      }
    };
  }
}
