package io.kvorum.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.Principal;
import io.kvorum.model.RequestException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JwtTokensTest {
  private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
  private static final String SECRET =
      "a secret of sixty-four bytes is enough for every method of HMAC!";

  @TempDir private Path directory;

  private static JwtTokens tokens(JwtKeys keys, Instant now) {
    return new JwtTokens(keys, Duration.ofMinutes(5), Clock.fixed(now, ZoneOffset.UTC));
  }

  private String file(String name, String content) throws IOException {
    return Files.writeString(directory.resolve(name), content).toString();
  }

  private static String pem(String kind, byte[] der) {
    return "-----BEGIN "
        + kind
        + "-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
        + "\n-----END "
        + kind
        + "-----\n";
  }

  private static KeyPair pair(String method) throws GeneralSecurityException {
    KeyPairGenerator generator;
    switch (method.substring(0, 2)) {
      case "ES" -> {
        generator = KeyPairGenerator.getInstance("EC");
        String bits = method.substring(2);
        generator.initialize(
            new ECGenParameterSpec("secp" + (bits.equals("512") ? "521" : bits) + "r1"));
      }
      case "Ed" -> generator = KeyPairGenerator.getInstance("Ed25519");
      default -> {
        generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
      }
    }
    return generator.generateKeyPair();
  }

  private String privateFile(KeyPair pair) throws IOException {
    return file("private.pem", pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
  }

  private String publicFile(KeyPair pair) throws IOException {
    return file("public.pem", pem("PUBLIC KEY", pair.getPublic().getEncoded()));
  }

  private static String part(String token, int part) {
    return new String(
        Base64.getUrlDecoder().decode(token.split("\\.")[part]), StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"RS256", "RS384", "RS512", "PS256", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
  void aTokenIsSignedByOneMemberAndVerifiedByOneThatHasOnlyThePublicKey(String method)
      throws Exception {
    KeyPair pair = pair(method);
    JwtKeys both = JwtKeys.read(method, privateFile(pair), publicFile(pair));
    String token = tokens(both, NOW).sign("al", 7);
    JwtTokens verifying = tokens(JwtKeys.read(method, "", publicFile(pair)), NOW);
    assertThat(verifying.find(token)).isEqualTo(new Principal("al", 7));
    assertThatThrownBy(() -> verifying.sign("al", 7))
        .isInstanceOfSatisfying(
            RequestException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.VERIFY_ONLY));
  }

  @ParameterizedTest
  @ValueSource(strings = {"HS256", "HS384", "HS512"})
  void aSecretSignsAndVerifies(String method) throws Exception {
    JwtTokens tokens = tokens(JwtKeys.read(method, file("secret", SECRET), ""), NOW);
    assertThat(tokens.find(tokens.sign("al", 7))).isEqualTo(new Principal("al", 7));
  }

  @Test
  void headerAndClaimsAreThoseOfEtcd() throws Exception {
    String token = tokens(JwtKeys.read("HS256", file("secret", SECRET), ""), NOW).sign("al", 7);
    assertThat(part(token, 0)).contains("\"alg\":\"HS256\"", "\"typ\":\"JWT\"");
    assertThat(part(token, 1))
        .contains(
            "\"username\":\"al\"", "\"revision\":7", "\"exp\":" + (NOW.getEpochSecond() + 300));
  }

  @Test
  void aTokenEndsAndDoesNotSlide() throws Exception {
    JwtKeys keys = JwtKeys.read("HS256", file("secret", SECRET), "");
    String token = tokens(keys, NOW).sign("al", 7);
    assertThat(tokens(keys, NOW.plusSeconds(299)).find(token)).isNotNull();
    assertThat(tokens(keys, NOW.plusSeconds(301)).find(token)).isNull();
  }

  private String signed(String header, String claims) throws GeneralSecurityException {
    Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
    String signing =
        base64.encodeToString(header.getBytes(StandardCharsets.UTF_8))
            + "."
            + base64.encodeToString(claims.getBytes(StandardCharsets.UTF_8));
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    return signing
        + "."
        + base64.encodeToString(mac.doFinal(signing.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void tokensMadeElsewhereCountIfTheirClaimsAreRight() throws Exception {
    JwtTokens tokens = tokens(JwtKeys.read("HS256", file("secret", SECRET), ""), NOW);
    String header = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
    assertThat(tokens.find(signed(header, "{\"username\":\"al\",\"revision\":3}")))
        .as("without an end")
        .isEqualTo(new Principal("al", 3));
    assertThat(
            tokens.find(
                signed(header, "{\"username\":\"al\",\"revision\":3,\"exp\":\"4102444800\"}")))
        .as("with an end in a text")
        .isEqualTo(new Principal("al", 3));
    for (String wrong :
        new String[] {
          "{\"username\":7,\"revision\":3}",
          "{\"username\":\"al\",\"revision\":\"3\"}",
          "{\"username\":\"al\",\"revision\":-1}",
          "{\"username\":\"al\"}",
          "{\"revision\":3}",
          "{\"username\":\"a\\ud800\",\"revision\":3}",
          "{\"username\":\"al\",\"revision\":3,\"exp\":0}",
          "{\"username\":\"al\",\"revision\":3,\"sub\":7}",
          "{\"username\":\"al\",\"revision\":3,\"nbf\":" + (NOW.getEpochSecond() + 60) + "}",
          "no claims",
          ""
        }) {
      assertThat(tokens.find(signed(header, wrong))).as(wrong).isNull();
    }
  }

  @Test
  void onlyTheConfiguredMethodCounts() throws Exception {
    KeyPair pair = pair("RS256");
    JwtTokens tokens = tokens(JwtKeys.read("RS256", "", publicFile(pair)), NOW);
    String none =
        Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString("{\"alg\":\"none\"}".getBytes(StandardCharsets.UTF_8))
            + "."
            + Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(
                    "{\"username\":\"root\",\"revision\":7}".getBytes(StandardCharsets.UTF_8))
            + ".";
    assertThat(tokens.find(none)).isNull();
    String publicKey = Files.readString(directory.resolve("public.pem"));
    String byPublicKey =
        tokens(JwtKeys.read("HS256", file("as-secret", publicKey), ""), NOW).sign("root", 7);
    assertThat(tokens.find(byPublicKey)).isNull();
    String byOtherHash =
        tokens(JwtKeys.read("RS512", privateFile(pair), publicFile(pair)), NOW).sign("root", 7);
    assertThat(tokens.find(byOtherHash)).isNull();
  }

  @Test
  void anRsaKeyIsEnoughWithoutItsPublicHalf() throws Exception {
    JwtTokens tokens = tokens(JwtKeys.read("PS256", privateFile(pair("PS256")), ""), NOW);
    assertThat(tokens.find(tokens.sign("al", 7))).isNotNull();
  }

  @Test
  void keysThatCannotBeUsedAreRefusedWithTheReason() throws Exception {
    KeyPair pair = pair("ES256");
    String privateFile = privateFile(pair);
    assertThatThrownBy(() -> JwtKeys.read("ES256", privateFile, ""))
        .hasMessageContaining("add pub-key=<file>");
    assertThatThrownBy(() -> JwtKeys.read("ES256", "", "")).hasMessageContaining("needs a key");
    assertThatThrownBy(() -> JwtKeys.read("ES256", privateFile, publicFile(pair("ES256"))))
        .hasMessageContaining("do not belong together");
    assertThatThrownBy(() -> JwtKeys.read("ES384", privateFile, publicFile(pair)))
        .hasMessageContaining("cannot sign or verify by ES384");
    assertThatThrownBy(() -> JwtKeys.read("HS256", "", "")).hasMessageContaining("priv-key=<file>");
    assertThatThrownBy(() -> JwtKeys.read("HS256", file("short", "too short"), ""))
        .hasMessageContaining("cannot sign or verify by HS256");
    assertThatThrownBy(() -> JwtKeys.read("RS256", directory.resolve("none").toString(), ""))
        .hasMessageContaining("cannot be read");
    assertThatThrownBy(() -> JwtKeys.read("RS256", file("text", "text"), ""))
        .hasMessageContaining("has no private key in PEM");
  }

  @Test
  void theTextOfTheKeysDoesNotShowThem() throws Exception {
    JwtKeys keys = JwtKeys.read("HS256", file("secret", SECRET), "");
    assertThat(keys.toString()).isEqualTo("JwtKeys[HS256]");
  }
}
