package io.kvorum.service;

import static io.kvorum.service.ServicesUnderTest.learner;
import static io.kvorum.service.ServicesUnderTest.voter;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ForceNewClusterTest {
  private static final ClusterRules RULES = new ClusterRules(false, 1);
  private static final ClusterMember AS_SET =
      new ClusterMember(1, "as-set", List.of("http://set:2380"), List.of(), false);

  @Test
  void theOthersAreRemovedForEver() throws IOException {
    try (ServicesUnderTest services =
        new ServicesUnderTest(RULES, voter(1), voter(2), voter(3), learner(4))) {
      forceNewCluster(services);
      assertThat(services.members.members()).containsExactly(voter(1));
      assertThat(List.of(2L, 3L, 4L)).allMatch(services.members::wasRemoved);
    }
  }

  @Test
  void oneThatWasRemovedIsAMemberAgainAsItsSettingsHaveIt() throws IOException {
    try (ServicesUnderTest services = new ServicesUnderTest(RULES, voter(1), voter(2), voter(3))) {
      services.consensus.propose(new Command.MemberRemove(1)).join();
      forceNewCluster(services);
      assertThat(services.members.members()).containsExactly(AS_SET);
      assertThat(services.members.wasRemoved(1)).isFalse();
    }
  }

  @Test
  void aLearnerVotes() throws IOException {
    try (ServicesUnderTest services = new ServicesUnderTest(RULES, learner(1), voter(2))) {
      forceNewCluster(services);
      assertThat(services.members.members()).containsExactly(voter(1));
      assertThat(services.members.voters()).containsExactly(1L);
    }
  }

  @Test
  void oneThatIsAloneAlreadyWritesNothing() throws IOException {
    try (ServicesUnderTest services = new ServicesUnderTest(RULES, voter(1))) {
      forceNewCluster(services);
      assertThat(services.proposed).isEmpty();
    }
  }

  private static void forceNewCluster(ServicesUnderTest services) {
    new ForceNewCluster(AS_SET, services.members, services.consensus).run().join();
  }
}
