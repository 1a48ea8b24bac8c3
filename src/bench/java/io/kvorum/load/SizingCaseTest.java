package io.kvorum.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class SizingCaseTest {

  @Test
  void aKeyHasOneRevisionUnlessMoreAreAskedFor() {
    assertThat(SizingCase.parse("1000x256")).isEqualTo(new SizingCase(1000, 256, 1000, 0));
    assertThat(SizingCase.parse("10x256x90")).isEqualTo(new SizingCase(10, 256, 90, 0));
  }

  @Test
  void watchersComeAfterAPlusSign() {
    assertThat(SizingCase.parse("0x1+500")).isEqualTo(new SizingCase(0, 1, 0, 500));
  }

  @Test
  void anythingElseIsRefusedWithTheForm() {
    assertThatThrownBy(() -> SizingCase.parse("1000"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("KEYSxVALUEBYTES");
  }
}
