package io.kvorum.boot.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How passwords are hashed, and what tokens users get for them. Immutable.
 *
 * <p>Held by: MemberConfigTest.
 *
 * @param jwt empty for simple tokens
 * @param simpleTokenTtl how long a simple token counts without being used
 * @param bcryptCost from 4 to 16
 * @param certificatesNameUsers whether a client's certificate names its user: only if it is
 *     demanded by that name, a certificate authority alone is not enough
 * @param warnings about settings that were replaced or not understood, one line each
 */
public record AuthConfig(
    Optional<Jwt> jwt,
    Duration simpleTokenTtl,
    int bcryptCost,
    boolean certificatesNameUsers,
    List<String> warnings) {
  private static final String FLAG = "auth-token";
  private static final int DEFAULT_COST = 10;
  private static final int MOST_COST = 16;
  private static final int DEFAULT_TTL_SECONDS = 300;

  public AuthConfig {
    warnings = List.copyOf(warnings);
  }

  /**
   * Tokens that are signed. Immutable.
   *
   * @param signMethod such as RS256
   * @param privateKey a file; empty for a member that only verifies
   * @param publicKey a file; empty if the private key is enough
   */
  public record Jwt(String signMethod, String privateKey, String publicKey, Duration ttl) {
    private static final Duration DEFAULT_TTL = Duration.ofMinutes(5);

    private static final Set<String> METHODS =
        Set.of(
            "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
            "EdDSA", "HS256", "HS384", "HS512");

    private static final Set<String> OPTIONS = Set.of("sign-method", "priv-key", "pub-key", "ttl");

    private static Jwt of(Map<String, String> options, Settings settings, List<String> warnings) {
      String method = options.getOrDefault("sign-method", "");
      if (!METHODS.contains(method)) {
        throw settings.refusal(
            FLAG,
            "needs a method of signing: add sign-method=, and one of RS256, RS384, RS512, PS256,"
                + " PS384, PS512, ES256, ES384, ES512, EdDSA, HS256, HS384 and HS512");
      }
      options.keySet().stream()
          .filter(name -> !OPTIONS.contains(name))
          .forEach(
              name ->
                  warnings.add("--auth-token: the option " + name + " is not known, and ignored"));
      return new Jwt(
          method,
          options.getOrDefault("priv-key", ""),
          options.getOrDefault("pub-key", ""),
          ttl(options, settings));
    }

    private static Duration ttl(Map<String, String> options, Settings settings) {
      String ttl = options.get("ttl");
      if (ttl == null) {
        return DEFAULT_TTL;
      }
      try {
        Duration duration = GoDuration.parse(ttl);
        if (duration.isNegative() || duration.isZero()) {
          throw new IllegalArgumentException("must be positive");
        }
        return duration;
      } catch (IllegalArgumentException wrong) {
        throw settings.refusal(FLAG, "has a wrong ttl: write one such as ttl=5m");
      }
    }
  }

  static AuthConfig from(Settings settings) {
    List<String> warnings = new ArrayList<>();
    String[] parts = settings.text(FLAG).split(",", -1);
    Map<String, String> options = options(parts, settings);
    Optional<Jwt> jwt =
        switch (parts[0]) {
          case "simple" -> Optional.empty();
          case "jwt" -> Optional.of(Jwt.of(options, settings, warnings));
          default ->
              throw settings.refusal(
                  FLAG, "must be simple, or jwt,sign-method=<method>,pub-key=<file>");
        };
    int ttl = settings.intNumber("auth-token-ttl", 0);
    return new AuthConfig(
        jwt,
        Duration.ofSeconds(ttl == 0 ? DEFAULT_TTL_SECONDS : ttl),
        cost(settings, warnings),
        settings.bool("client-cert-auth"),
        warnings);
  }

  private static Map<String, String> options(String[] parts, Settings settings) {
    Map<String, String> options = new LinkedHashMap<>();
    for (int i = 1; i < parts.length; i++) {
      int equals = parts[i].indexOf('=');
      if (equals < 0) {
        throw settings.refusal(
            FLAG, "has options of the form <name>=<value>, and \"" + parts[i] + "\" is none");
      }
      String name = parts[i].substring(0, equals);
      if (options.put(name, parts[i].substring(equals + 1)) != null) {
        throw settings.refusal(FLAG, "has the option " + name + " twice");
      }
    }
    return options;
  }

  /**
   * As in etcd, a cost that there is not is no reason to refuse; one that nobody can wait for is.
   */
  private static int cost(Settings settings, List<String> warnings) {
    long cost = settings.number("bcrypt-cost", 0);
    if (cost > MOST_COST && cost <= 31) {
      throw settings.refusal(
          "bcrypt-cost",
          "must be at most 16: each more doubles the time of a login, which takes seconds then");
    }
    if (cost >= 4 && cost <= MOST_COST) {
      return (int) cost;
    }
    warnings.add(
        "--bcrypt-cost " + cost + " is not between 4 and 16: " + DEFAULT_COST + " is used instead");
    return DEFAULT_COST;
  }
}
