package io.kvorum.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.model.ClusterMember;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class IdentityTest {
  /** The cluster of etcd's documentation, whose ids stand there in many examples. */
  private static final Map<String, List<String>> DOCUMENTED =
      Map.of(
          "infra1", List.of("http://127.0.0.1:12380"),
          "infra2", List.of("http://127.0.0.1:22380"),
          "infra3", List.of("http://127.0.0.1:32380"));

  @Test
  void threeMembersHaveTheIdsThatTheyHaveInAnEtcdCluster() {
    Identity identity = Identity.ofCluster(DOCUMENTED, "etcd-cluster-1", "infra2");
    assertThat(Long.toHexString(identity.memberId())).isEqualTo("91bc3c398fb3c146");
    assertThat(Long.toHexString(identity.clusterId())).isEqualTo("ef37ad9dc622a7c4");
    assertThat(identity.memberName()).isEqualTo("infra2");
    assertThat(identity.label()).isEqualTo("infra2 (91bc3c398fb3c146)");
  }

  @Test
  void initialMembersStandInTheOrderOfTheirIdsAndHaveNoClientUrls() {
    assertThat(Identity.initialMembers(DOCUMENTED, "etcd-cluster-1"))
        .containsExactly(
            founder(0x8211f1d0f64f3269L, "infra1", "http://127.0.0.1:12380"),
            founder(0x91bc3c398fb3c146L, "infra2", "http://127.0.0.1:22380"),
            founder(0xfd422379fda50e48L, "infra3", "http://127.0.0.1:32380"));
  }

  @Test
  void theOrderOfAMembersUrlsDoesNotMatter() {
    Map<String, List<String>> one = Map.of("a", List.of("http://a:1", "http://b:1"));
    Map<String, List<String>> other = Map.of("a", List.of("http://b:1", "http://a:1"));
    assertThat(Identity.ofCluster(one, "t", "a")).isEqualTo(Identity.ofCluster(other, "t", "a"));
  }

  @Test
  void anotherTokenMakesAnotherCluster() {
    Identity one = Identity.ofCluster(DOCUMENTED, "one", "infra1");
    Identity other = Identity.ofCluster(DOCUMENTED, "other", "infra1");
    assertThat(one.clusterId()).isNotEqualTo(other.clusterId());
    assertThat(one.memberId()).isNotEqualTo(other.memberId());
  }

  @Test
  void membersWithTheSameUrlsCannotBeToldApart() {
    Map<String, List<String>> twins =
        Map.of("a", List.of("http://a:1"), "b", List.of("http://a:1"));
    assertThatThrownBy(() -> Identity.ofCluster(twins, "t", "a"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("have the same URLs");
  }

  @Test
  void whoIsNotAMemberHasNoIdentity() {
    assertThatThrownBy(() -> Identity.ofCluster(DOCUMENTED, "t", "infra4"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there is no member \"infra4\"");
  }

  private static ClusterMember founder(long id, String name, String url) {
    return new ClusterMember(id, name, List.of(url), List.of(), false);
  }

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
