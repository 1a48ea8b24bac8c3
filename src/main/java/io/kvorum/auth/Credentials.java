package io.kvorum.auth;

import org.jspecify.annotations.Nullable;

/**
 * What a request shows of who makes it. Immutable.
 *
 * @param token null if there is none
 * @param certificateName the common name of a client certificate that may stand for a user, empty
 *     if it has none; null if there is no such certificate
 */
public record Credentials(@Nullable Token token, @Nullable String certificateName) {
  /** Of a request that shows nothing. */
  public static final Credentials NONE = new Credentials(null, null);
}
