package io.kvorum.boot.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class FlagsTest {
  @Test
  void everyDefaultHasTheFormOfItsFlag() {
    for (Flag flag : Flags.all()) {
      if (!flag.defaultValue().isEmpty()) {
        assertThatCode(() -> flag.check(flag.defaultValue()))
            .as(flag.name())
            .doesNotThrowAnyException();
      }
    }
  }

  @Test
  void namesAreThoseOfPropertiesAndVariables() {
    Flag dataDirectory = Flags.get("data-dir");
    assertThat(dataDirectory.property()).isEqualTo("kvorum.data-dir");
    assertThat(dataDirectory.environmentVariable()).isEqualTo("ETCD_DATA_DIR");
    Flag admin = Flags.get("kvorum-admin-url");
    assertThat(admin.property()).isEqualTo("kvorum.admin-url");
    assertThat(admin.environmentVariable()).isEqualTo("KVORUM_ADMIN_URL");
  }

  @Test
  void anUnknownFlagIsNotFound() {
    assertThat(Flags.find("enable-v2")).isNull();
  }

  @Test
  void booleansAcceptWhatGoAccepts() {
    Flag flag = Flags.get("pre-vote");
    for (String value : new String[] {"1", "t", "TRUE", "true", "0", "F", "false", "False"}) {
      assertThatCode(() -> flag.check(value)).doesNotThrowAnyException();
    }
    assertThatThrownBy(() -> flag.check("yes"))
        .hasMessage("invalid value \"yes\" for flag --pre-vote: must be true or false; write true");
  }
}
