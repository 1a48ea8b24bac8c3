package io.kvorum.boot;

import io.kvorum.auth.JwtKeys;
import io.kvorum.auth.JwtTokens;
import io.kvorum.auth.Passwords;
import io.kvorum.auth.SimpleTokens;
import io.kvorum.auth.Tokens;
import io.kvorum.auth.VerifiedTokens;
import io.kvorum.boot.config.AuthConfig;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.service.AuthParts;
import io.kvorum.support.Log;
import java.io.IOException;
import java.time.Clock;

/**
 * Makes what passwords and tokens are checked with, as the settings say. Stateless.
 *
 * <p>Held by: AuthStartTest.
 */
final class AuthStart {
  private static final Log LOG = Log.of(AuthStart.class);

  private AuthStart() {}

  /**
   * Verifies the keys of tokens, before the data directory is touched.
   *
   * @throws IOException if they cannot be used; the message, one line, says why
   */
  static void verify(MemberConfig config) throws IOException {
    try {
      config.auth().jwt().ifPresent(AuthStart::keys);
    } catch (IllegalArgumentException unusable) {
      throw new IOException(unusable.getMessage(), unusable);
    }
  }

  static AuthParts parts(MemberConfig config) {
    AuthConfig auth = config.auth();
    auth.warnings().forEach(LOG::warning);
    Tokens tokens =
        auth.jwt()
            .map(AuthStart::signed)
            .orElseGet(() -> new SimpleTokens(auth.simpleTokenTtl(), System::nanoTime));
    return new AuthParts(tokens, new Passwords(auth.bcryptCost()), auth.certificatesNameUsers());
  }

  private static Tokens signed(AuthConfig.Jwt jwt) {
    Clock clock = Clock.systemUTC();
    return new VerifiedTokens(new JwtTokens(keys(jwt), jwt.ttl(), clock), clock);
  }

  private static JwtKeys keys(AuthConfig.Jwt jwt) {
    return JwtKeys.read(jwt.signMethod(), jwt.privateKey(), jwt.publicKey());
  }
}
