package io.kvorum.service;

import static io.kvorum.service.ServicesUnderTest.voter;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.CapturedLog;
import org.junit.jupiter.api.Test;

class AuthServiceTest {
  @Test
  void theLogTellsASwitchFromOneThatWasThereAlready() throws Exception {
    try (ServicesUnderTest member =
            new ServicesUnderTest(ServicesUnderTest.DEFAULT_RULES, voter(ServicesUnderTest.SELF));
        CapturedLog log = CapturedLog.of(AuthService.class)) {
      AuthService auth = member.services.auth();
      auth.disable().join();
      auth.addUser("root", "", true).join();
      auth.grantRole("root", "root").join();
      auth.enable().join();
      assertThat(log.lines())
          .containsExactly("authentication was disabled already", "authentication is enabled");
    }
  }
}
