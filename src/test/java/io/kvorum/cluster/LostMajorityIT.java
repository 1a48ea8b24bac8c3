package io.kvorum.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.LocalCluster;
import io.kvorum.testing.LocalMember;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two of three members are lost: the third continues alone, and two others join it. */
@Timeout(1200)
final class LostMajorityIT {

  @Test
  void oneSurvivorBecomesAClusterAndOthersJoinIt() throws Exception {
    try (LocalCluster cluster = LocalCluster.of(3)) {
      Operator operator = new Operator(cluster);
      operator.anywhere().ok("put", "survives", "1");
      operator.awaitAgreement();
      LocalMember survivor = operator.follower();
      List<LocalMember> lost =
          cluster.members().stream().filter(member -> member != survivor).toList();
      lost.forEach(LocalMember::close);
      lost.forEach(cluster::forget);
      survivor.stop();
      cluster.start(survivor, "new", "--force-new-cluster").awaitReady();
      operator.awaitVoters(1);
      assertThat(Operator.at(survivor).ok("get", "survives", "--print-value-only"))
          .isEqualTo("1\n");
      survivor.stop();
      cluster.start(survivor, "new").awaitReady();
      operator.add(cluster.prepare("m4"), true);
      operator.add(cluster.prepare("m5"), false);
      operator.awaitVoters(3);
      for (LocalMember member : cluster.members()) {
        assertThat(Operator.at(member).ok("get", "survives", "--print-value-only"))
            .isEqualTo("1\n");
      }
      operator.awaitAgreement();
    }
  }
}
