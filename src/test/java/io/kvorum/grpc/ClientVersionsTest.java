package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import org.junit.jupiter.api.Test;

final class ClientVersionsTest {
  private static final Metadata.Key<String> KEY =
      Metadata.Key.of("client-api-version", Metadata.ASCII_STRING_MARSHALLER);

  private final ClientVersions versions = new ClientVersions();

  private static Metadata version(String... values) {
    Metadata metadata = new Metadata();
    for (String value : values) {
      metadata.put(KEY, value);
    }
    return metadata;
  }

  @Test
  void theFirstValueCountsAndACallWithoutOneIsUnknown() {
    versions.count(MethodType.UNARY, version("3.7.0", "3.6.0"));
    versions.count(MethodType.UNARY, version("3.7.0"));
    versions.count(MethodType.BIDI_STREAMING, version());
    versions.count(MethodType.SERVER_STREAMING, version("3.7.0"));
    assertThat(versions.stats())
        .containsExactly(
            new ClientVersions.Stats(false, "3.7.0", 1),
            new ClientVersions.Stats(false, "unknown", 1),
            new ClientVersions.Stats(true, "3.7.0", 2));
  }

  @Test
  void callsOverJsonAreThoseOfAnUnknownVersion() {
    versions.count(MethodType.UNARY, version());
    versions.countJson(true);
    versions.countJson(false);
    assertThat(versions.stats())
        .containsExactly(
            new ClientVersions.Stats(false, "unknown", 1),
            new ClientVersions.Stats(true, "unknown", 2));
  }

  @Test
  void aClientThatInventsVersionsDoesNotFillTheMemory() {
    int calls = 10 * ClientVersions.MOST_VERSIONS;
    for (int i = 0; i < calls; i++) {
      versions.count(MethodType.UNARY, version("v" + i));
    }
    versions.count(MethodType.BIDI_STREAMING, version("x".repeat(1000)));
    assertThat(versions.stats()).hasSize(ClientVersions.MOST_VERSIONS + 2);
    assertThat(versions.stats())
        .contains(
            new ClientVersions.Stats(true, "other", calls - ClientVersions.MOST_VERSIONS),
            new ClientVersions.Stats(false, "other", 1));
  }
}
