package io.kvorum.auth;

import io.jsonwebtoken.ClaimJwtException;
import io.jsonwebtoken.JwtException;
import io.jsonwebtoken.JwtParser;
import io.jsonwebtoken.JwtParserBuilder;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.gson.io.GsonDeserializer;
import io.jsonwebtoken.gson.io.GsonSerializer;
import io.jsonwebtoken.security.SecureDigestAlgorithm;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.Principal;
import io.kvorum.model.RequestException;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.security.PublicKey;
import java.time.Clock;
import java.time.Duration;
import java.util.Date;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/**
 * Signs and verifies JSON Web Tokens with the claims of etcd: {@code username}, {@code revision} of
 * the auth state, and {@code exp}. A member that has only the public key verifies. Immutable;
 * thread-safe.
 *
 * <p>Held by: JwtTokensTest.
 */
public final class JwtTokens implements Tokens.BySignature {
  private final JwtKeys keys;
  private final Duration ttl;
  private final Clock clock;
  private final JwtParser parser;

  public JwtTokens(JwtKeys keys, Duration ttl, Clock clock) {
    this.keys = keys;
    this.ttl = ttl;
    this.clock = clock;
    JwtParserBuilder building =
        Jwts.parser()
            .json(new GsonDeserializer<>())
            .clock(() -> Date.from(clock.instant()))
            .sig()
            .clear()
            .add(keys.algorithm())
            .and();
    parser =
        (keys.verifying() instanceof SecretKey secret
                ? building.verifyWith(secret)
                : building.verifyWith((PublicKey) keys.verifying()))
            .build();
  }

  /**
   * What a token with a right signature says, whether or not it counts now. Immutable.
   *
   * @param fromMillis when it begins to count, in milliseconds since 1970
   * @param untilMillis the last moment at which it counts
   */
  record Claims(Principal principal, long fromMillis, long untilMillis) {
    /** Whom it names at that time; null if it does not count then. */
    @Nullable Principal principalAt(long millis) {
      return fromMillis <= millis && millis <= untilMillis ? principal : null;
    }
  }

  /** Whether verifying takes so long that it should not be done on a network thread. */
  boolean areCostly() {
    return !(keys.verifying() instanceof SecretKey);
  }

  /** What a token says; null if it is none, or its signature is wrong. */
  @Nullable Claims verify(String token) {
    try {
      return claims(parser.parseSignedClaims(token).getPayload());
    } catch (ClaimJwtException notNow) {
      // The signature has been verified before that.
      return claims(notNow.getClaims());
    } catch (JwtException | IllegalArgumentException invalid) {
      return null;
    }
  }

  private static @Nullable Claims claims(io.jsonwebtoken.Claims found) {
    if (!(found.get("username") instanceof String user)
        || !(found.get("revision") instanceof Number revision)
        || revision.longValue() < 0
        || !isText(user)) {
      return null;
    }
    Date from = found.getNotBefore();
    Date until = found.getExpiration();
    return new Claims(
        new Principal(user, revision.longValue()),
        from == null ? Long.MIN_VALUE : from.getTime(),
        until == null ? Long.MAX_VALUE : until.getTime());
  }

  /** Whom a token names now; null if it is none, or does not count. */
  @Nullable Principal find(String token) {
    Claims claims = verify(token);
    return claims == null ? null : claims.principalAt(clock.millis());
  }

  /** A half of a surrogate pair would be another name in the log. */
  private static boolean isText(String name) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(name);
  }

  @Override
  public String sign(String user, long authRevision) {
    Key signing = keys.signing();
    if (signing == null) {
      throw new RequestException(ErrorCode.VERIFY_ONLY);
    }
    return signed(user, authRevision, signing, keys.algorithm());
  }

  @SuppressWarnings("unchecked")
  private <K extends Key> String signed(
      String user, long authRevision, Key key, SecureDigestAlgorithm<K, ?> algorithm) {
    return Jwts.builder()
        .json(new GsonSerializer<>())
        .header()
        .type("JWT")
        .and()
        .claim("username", user)
        .claim("revision", authRevision)
        .expiration(Date.from(clock.instant().plus(ttl)))
        .signWith((K) key, (SecureDigestAlgorithm<? super K, ?>) algorithm)
        .compact();
  }
}
