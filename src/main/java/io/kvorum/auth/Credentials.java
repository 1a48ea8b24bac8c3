package io.kvorum.auth;

import org.jspecify.annotations.Nullable;

/**
 * What a request shows of who makes it. Immutable; its text does not show the token.
 *
 * @param token as it was received, with or without {@code Bearer}; null if there is none
 * @param certificateName the common name of a client certificate that may stand for a user, empty
 *     if it has none; null if there is no such certificate
 */
public record Credentials(@Nullable String token, @Nullable String certificateName) {
  /** Of a request that shows nothing. */
  public static final Credentials NONE = new Credentials(null, null);

  @Override
  public String toString() {
    return "Credentials[certificateName=" + certificateName + "]";
  }
}
