package io.kvorum.service;

import io.kvorum.auth.Passwords;
import io.kvorum.auth.SimpleTokens;
import io.kvorum.auth.Tokens;

/**
 * What a member checks and makes of what clients show. Immutable.
 *
 * @param certificatesNameUsers whether the common name of a client's certificate is a user
 */
public record AuthParts(Tokens tokens, Passwords passwords, boolean certificatesNameUsers)
    implements AutoCloseable {
  /** As with etcd's defaults. */
  public static AuthParts defaults() {
    return new AuthParts(
        new SimpleTokens(SimpleTokens.DEFAULT_TTL, System::nanoTime),
        new Passwords(Passwords.DEFAULT_COST),
        false);
  }

  /** Ends what is being computed. */
  @Override
  public void close() {
    passwords.close();
    tokens.close();
  }
}
