package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CleanPathTest {
  @ParameterizedTest
  @CsvSource({
    "/, /",
    "//, /",
    "/a/b, /a/b",
    "/a/b/, /a/b/",
    "/a//b, /a/b",
    "/a/./b, /a/b",
    "/a/../b, /b",
    "/../../b, /b",
    "/a/.., /",
    "/a/b/../, /a/",
    "/..., /...",
    "*, *",
    "'', ''",
  })
  void aPathIsCleanedAsByGo(String path, String clean) {
    assertThat(CleanPath.of(path)).isEqualTo(clean);
  }

  @ParameterizedTest
  @CsvSource({"/a b, /a%20b", "/ü?, /%C3%BC%3F", "/a%2F, /a%252F", "/a\\b, /a%5Cb"})
  void aPathIsEscaped(String path, String escaped) {
    assertThat(CleanPath.escaped(path)).isEqualTo(escaped);
  }
}
