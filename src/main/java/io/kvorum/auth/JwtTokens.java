package io.kvorum.auth;

import io.jsonwebtoken.Claims;
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
public final class JwtTokens implements Tokens, Tokens.BySignature {
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

  @Override
  public @Nullable Principal find(String token, AuthState state) {
    try {
      Claims claims = parser.parseSignedClaims(token).getPayload();
      return claims.get("username") instanceof String user
              && claims.get("revision") instanceof Number revision
              && revision.longValue() >= 0
              && isText(user)
          ? new Principal(user, revision.longValue())
          : null;
    } catch (JwtException | IllegalArgumentException invalid) {
      return null;
    }
  }

  /** A half of a surrogate pair would be another name in the log. */
  private static boolean isText(String name) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(name);
  }

  /** Every member knows it at once. */
  @Override
  public long indexOf(String token) {
    return 0;
  }

  /** The log grants none. */
  @Override
  public void start() {}

  @Override
  public AuthListener listener() {
    return AuthListener.NONE;
  }

  @Override
  public Issuer issuer() {
    return this;
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
