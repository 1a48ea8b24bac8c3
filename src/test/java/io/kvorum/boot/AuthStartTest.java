package io.kvorum.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.auth.SimpleTokens;
import io.kvorum.auth.VerifiedTokens;
import io.kvorum.boot.config.MemberConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuthStartTest {
  @TempDir private Path directory;

  private static MemberConfig config(String token) {
    return MemberConfig.fromFlags(Map.of("auth-token", token)::get);
  }

  @Test
  void tokensAreOfTheKindThatTheSettingsName() throws IOException {
    assertThat(AuthStart.parts(config("simple")).tokens()).isInstanceOf(SimpleTokens.class);
    Path secret = Files.writeString(directory.resolve("secret"), "s".repeat(64));
    MemberConfig jwt = config("jwt,sign-method=HS256,priv-key=" + secret);
    AuthStart.verify(jwt);
    assertThat(AuthStart.parts(jwt).tokens()).isInstanceOf(VerifiedTokens.class);
  }

  @Test
  void keysThatCannotBeUsedAreRefusedBeforeAnythingElse() {
    assertThatThrownBy(
            () -> AuthStart.verify(config("jwt,sign-method=RS256,pub-key=" + directory + "/none")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(directory + "/none");
  }
}
