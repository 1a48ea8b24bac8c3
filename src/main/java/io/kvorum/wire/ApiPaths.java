package io.kvorum.wire;

/**
 * Names the paths of the JSON API that are not those of an ordinary call: the prefix of all, the
 * one that older clients use instead, and the streams. Stateless.
 *
 * <p>Held by: JsonTargetTest, JsonGatewayIT.
 */
public final class ApiPaths {
  public static final String PREFIX = "/v3/";

  public static final String WATCH = "/v3/watch";
  public static final String KEEP_ALIVE = "/v3/lease/keepalive";
  public static final String OBSERVE = "/v3/election/observe";
  public static final String SNAPSHOT = "/v3/maintenance/snapshot";

  private static final String OLD_PREFIX = "/v3beta/";

  private ApiPaths() {}

  /** The path that one with the old prefix stands for, or the same. */
  public static String current(String path) {
    return path.startsWith(OLD_PREFIX) ? PREFIX + path.substring(OLD_PREFIX.length()) : path;
  }
}
