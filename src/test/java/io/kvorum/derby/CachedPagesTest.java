package io.kvorum.derby;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CachedPagesTest {
  @ParameterizedTest
  @CsvSource({
    "6000, 8192, 6000",
    "6000, 1024, 6000",
    "6000, 512, 3000",
    "6000, 64, 500",
    "2000, 256, 500"
  })
  void theyShrinkWithTheHeap(int full, long heapMib, int expected) {
    assertThat(CachedPages.of(full, heapMib << 20)).isEqualTo(expected);
  }
}
