package io.kvorum.boot.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HeapSizeTest {
  private static final long MIB = 1 << 20;

  @ParameterizedTest
  @ValueSource(ints = {8, 16, 32, 64})
  void aHeapThatIsTooSmallIsRefusedWithAdvice(int mebibytes) {
    LaunchException refused =
        catchThrowableOfType(LaunchException.class, () -> HeapSize.check(mebibytes * MIB));
    assertThat(refused)
        .hasMessage(
            "a heap of %d MiB is too small: a member needs at least %d MiB; set JVM_ARGS=-Xmx256m"
                + " or more (see \"Sizing a member\" in docs/operations.md)",
            mebibytes, HeapSize.MINIMUM_MIB);
    assertThat(refused.status()).isEqualTo(1);
  }

  @Test
  void theSmallestHeapIsAcceptedFromEveryCollector() {
    long ofG1 = HeapSize.MINIMUM_MIB * MIB;
    long ofSerial = (long) (ofG1 * 0.967);
    long ofParallel = (long) (ofG1 * 0.958);
    for (long bytes : new long[] {ofG1, ofSerial, ofParallel, Long.MAX_VALUE}) {
      assertThatCode(() -> HeapSize.check(bytes)).doesNotThrowAnyException();
    }
  }

  @Test
  void theDocumentationStatesTheMinimum() throws IOException {
    assertThat(Path.of("docs/operations.md"))
        .content()
        .containsPattern("needs " + HeapSize.MINIMUM_MIB + "\\s+MiB at least");
  }
}
