package io.kvorum.boot.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.MemberUrl;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class UrlComparisonTest {
  private final List<String> lookups = new ArrayList<>();
  private final UrlComparison comparison =
      new UrlComparison(
          host -> {
            lookups.add(host);
            return switch (host) {
              case "localhost" -> Set.of(address(1));
              case "here" -> Set.of(address(1), address(2));
              case "there" -> Set.of(address(3));
              default -> Set.of();
            };
          });

  @Test
  void theSameTextsNeedNoLookup() {
    assertThat(sameSet("http://a:1,http://b:2", "http://b:2,http://a:1")).isTrue();
    assertThat(lookups).isEmpty();
  }

  @Test
  void namesOfOneAddressAreTheSamePlace() {
    assertThat(sameSet("http://localhost:1,http://there:2", "http://there:2,http://here:1"))
        .isTrue();
    assertThat(lookups).containsOnly("localhost", "here");
  }

  @Test
  void otherPortsSchemesAndAddressesAreOtherPlaces() {
    assertThat(sameSet("http://localhost:1", "http://localhost:2")).isFalse();
    assertThat(sameSet("http://localhost:1", "https://localhost:1")).isFalse();
    assertThat(sameSet("http://localhost:1", "http://there:1")).isFalse();
  }

  @Test
  void twoUnknownHostsAreNotTheSame() {
    assertThat(sameSet("http://unknown:1", "http://nobody:1")).isFalse();
    assertThat(sameSet("http://unknown:1", "http://UNKNOWN:1")).isTrue();
  }

  @Test
  void aUrlHasOneCounterpartOnly() {
    assertThat(sameSet("http://localhost:1,http://here:1", "http://localhost:1,http://there:1"))
        .isFalse();
    assertThat(sameSet("http://localhost:1", "http://localhost:1,http://here:1")).isFalse();
  }

  private boolean sameSet(String some, String others) {
    return comparison.sameSet(MemberUrl.parseList(some), MemberUrl.parseList(others));
  }

  private static InetAddress address(int lastByte) {
    try {
      return InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) lastByte});
    } catch (UnknownHostException impossible) {
      throw new AssertionError(impossible);
    }
  }
}
