package io.kvorum.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class AuthSecretsTest {
  @Test
  void theTextOfACommandShowsNeitherPasswordsNorTokens() {
    Bytes secret = Bytes.utf8("the-secret");
    for (AuthCommand command :
        List.of(
            new AuthCommand.GrantToken("al", 7, secret),
            new AuthCommand.AddUser("al", secret, false),
            new AuthCommand.ChangePassword("al", secret))) {
      assertThat(new Command.Stamped(new Principal("root", 7), command).toString())
          .contains("al")
          .doesNotContain("the-secret");
    }
  }
}
