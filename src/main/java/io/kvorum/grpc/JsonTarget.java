package io.kvorum.grpc;

import io.kvorum.wire.ApiPaths;
import java.util.Arrays;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Names a path of the JSON API, and how its messages travel. Immutable.
 *
 * @param path below {@code /v3/}
 */
record JsonTarget(String path) {
  /** No path of the API has other characters, and the endpoint is spared what it may misread. */
  private static final Pattern USUAL = Pattern.compile("/[A-Za-z0-9/_.~:-]*");

  private static final Set<String> TWO_WAYS = Set.of(ApiPaths.WATCH, ApiPaths.KEEP_ALIVE);
  private static final Set<String> ONE_WAY = Set.of(ApiPaths.SNAPSHOT, ApiPaths.OBSERVE);

  /**
   * The target of a path; null if it is not of the JSON API.
   *
   * @param path without escapes
   */
  static @Nullable JsonTarget of(String path) {
    String current = ApiPaths.current(path);
    return current.startsWith(ApiPaths.PREFIX) ? new JsonTarget(current) : null;
  }

  /** False for a path that cannot exist. */
  boolean mayExist() {
    return USUAL.matcher(path).matches()
        && Arrays.stream(path.substring(1).split("/"))
            .noneMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."));
  }

  /** Whether the body is a stream of messages, which are taken as they come. */
  boolean hasRequestStream() {
    return TWO_WAYS.contains(path);
  }

  /** Whether the answer is a stream of messages, one a line. */
  boolean hasAnswerStream() {
    return hasRequestStream() || ONE_WAY.contains(path);
  }
}
