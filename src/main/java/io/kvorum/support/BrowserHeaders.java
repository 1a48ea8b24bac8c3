package io.kvorum.support;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * Names the headers that keep a browser from making more of an answer than it is: from guessing its
 * type, running or framing it, and telling others where it was. Immutable.
 *
 * <p>Held by: HttpFrontTest, PlainLibertyIT.
 */
public final class BrowserHeaders {
  /** By name, sorted. */
  public static final Map<String, String> ALL =
      Collections.unmodifiableMap(
          new TreeMap<>(
              Map.of(
                  "X-Content-Type-Options", "nosniff",
                  "X-Frame-Options", "DENY",
                  "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'",
                  "Referrer-Policy", "no-referrer")));

  private BrowserHeaders() {}
}
