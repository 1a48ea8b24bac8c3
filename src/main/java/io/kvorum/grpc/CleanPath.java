package io.kvorum.grpc;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Cleans paths as Go's HTTP library does before it looks one up: no empty part, no {@code .} or
 * {@code ..}, and a slash at the end only if there was one. Stateless.
 *
 * <p>Held by: CleanPathTest.
 */
final class CleanPath {
  private CleanPath() {}

  /** The clean form of a path without escapes; what does not begin with a slash is left alone. */
  static String of(String path) {
    if (!path.startsWith("/")) {
      return path;
    }
    Deque<String> parts = new ArrayDeque<>();
    for (String part : path.split("/")) {
      if (part.equals("..")) {
        parts.pollLast();
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.addLast(part);
      }
    }
    if (parts.isEmpty()) {
      return "/";
    }
    return "/" + String.join("/", parts) + (path.endsWith("/") ? "/" : "");
  }

  /** The path as it stands in a URL. */
  static String escaped(String path) {
    try {
      return new URI(null, null, path, null).toASCIIString();
    } catch (URISyntaxException impossible) {
      throw new IllegalArgumentException(path, impossible);
    }
  }
}
