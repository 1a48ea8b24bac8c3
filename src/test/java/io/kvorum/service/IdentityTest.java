package io.kvorum.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class IdentityTest {
  @Test
  void theDefaultsGiveTheIdsThatEveryEtcdWithDefaultsHas() {
    Identity identity =
        Identity.ofFirstMember("default", List.of("http://localhost:2380"), "etcd-cluster");
    assertThat(Long.toHexString(identity.memberId())).isEqualTo("8e9e05c52164694d");
    assertThat(Long.toHexString(identity.clusterId())).isEqualTo("cdf818194e3a8c32");
  }

  @Test
  void anAddedMemberHasTheIdThatEtcdWouldGiveIt() {
    long id = Identity.ofAddedMember(List.of("http://a:1", "http://b:2"), 1_700_000_000);
    assertThat(Long.toHexString(id)).isEqualTo("8fa6c5444a914e68");
    assertThat(Identity.ofAddedMember(List.of("http://a:1", "http://b:2"), 1_700_000_001))
        .as("a second later")
        .isNotEqualTo(id);
  }
}
