package io.kvorum.service;

import org.jspecify.annotations.Nullable;

/**
 * Makes the callers of one connection. Requests that follow each other with the same token have one
 * caller, so that the token is hashed once; what is kept for that, beyond the requests, is at most
 * {@value #MOST_KEPT_CHARS} characters. Thread-safe.
 *
 * <p>Held by: CallerTest.
 */
public final class ConnectionCallers {
  /** How much a connection may make this member hold without being charged for it. */
  private static final int MOST_KEPT_CHARS = 1 << 10;

  private final Caller client;
  private volatile Caller recent;

  /**
   * @param client of the connection, without a token
   */
  public ConnectionCallers(Caller client) {
    this.client = client;
    this.recent = client;
  }

  /** The client with the token of a request; without one if there is none. */
  public Caller withToken(@Nullable String token) {
    if (token == null || token.length() > MOST_KEPT_CHARS) {
      return client.withToken(token);
    }
    Caller theirs = recent.withToken(token);
    recent = theirs;
    return theirs;
  }
}
