package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTargetTest {
  @Test
  void theOldPrefixMeansTheNewOne() {
    assertThat(JsonTarget.of("/v3beta/kv/put")).isEqualTo(JsonTarget.of("/v3/kv/put"));
    assertThat(JsonTarget.of("/v3beta/watch").hasRequestStream()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "/", "/v2/keys", "/v3alpha/kv/put", "/v3", "/v3beta", "/v30", "*", "v3/kv"})
  void otherPathsAreNotOfTheApi(String path) {
    assertThat(JsonTarget.of(path)).isNull();
  }

  @Test
  void messagesTravelAsTheirPathSays() {
    assertThat(JsonTarget.of("/v3/kv/range").hasAnswerStream()).isFalse();
    assertThat(JsonTarget.of("/v3/watch").hasRequestStream()).isTrue();
    assertThat(JsonTarget.of("/v3/lease/keepalive").hasAnswerStream()).isTrue();
    assertThat(JsonTarget.of("/v3/maintenance/snapshot").hasRequestStream()).isFalse();
    assertThat(JsonTarget.of("/v3/maintenance/snapshot").hasAnswerStream()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/v3/a//b", "/v3//a", "/v3/../x", "/v3/./x", "/v3/a;b", "/v3/a b", "/v3/é"})
  void pathsThatCannotExistAreKnown(String path) {
    assertThat(JsonTarget.of(path).mayExist()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v3/", "/v3/kv/put", "/v3/kv/put/", "/v3/kv/range:x", "/v3/a..b"})
  void othersMay(String path) {
    assertThat(JsonTarget.of(path).mayExist()).isTrue();
  }
}
