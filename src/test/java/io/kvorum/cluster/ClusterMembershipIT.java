package io.kvorum.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.LocalCluster;
import io.kvorum.testing.LocalMember;
import io.kvorum.testing.SteadyWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A cluster that grows and shrinks while it is written to. {@code -Dkvorum.members=7} makes it
 * larger, as {@code soak/membership} does.
 */
@Timeout(1800)
final class ClusterMembershipIT {
  private static final int MOST_MEMBERS = Integer.getInteger("kvorum.members", 5);

  /** As long as the server lets a request wait. A pause is shorter by far on an idle machine. */
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(7);

  private static final String REMOVED =
      "has been removed from the cluster; to come back, it must be added again";

  @Test
  void fromOneMemberToManyAndBackNoAcknowledgedWriteIsLost() throws Exception {
    try (LocalCluster cluster = LocalCluster.of(1)) {
      Operator operator = new Operator(cluster);
      try (SteadyWriter writer = new SteadyWriter(cluster.clients(), SteadyWriter.Pace.PATIENT)) {
        writer.awaitMore(10);
        writer.longestPause();
        grow(cluster, operator, writer);
        operator.awaitAgreement();
        shrink(cluster, operator, writer);
        writer.stop();
        writer.assertNothingLost(cluster.member(0).client());
        System.out.println(writer.acknowledgedCount() + " acknowledged writes, none lost");
      }
    }
  }

  private static void grow(LocalCluster cluster, Operator operator, SteadyWriter writer)
      throws Exception {
    for (int size = 2; size <= MOST_MEMBERS; size++) {
      LocalMember added = cluster.prepare("m" + size);
      boolean asLearner = size % 2 == 0;
      operator.add(added, asLearner);
      operator.awaitVoters(size);
      writer.use(cluster.clients());
      stepped(writer, "added as " + (asLearner ? "a learner" : "a voter") + ", now " + size);
    }
  }

  /** Removes the leader, one that follows, one that is down, and so on. */
  private static void shrink(LocalCluster cluster, Operator operator, SteadyWriter writer)
      throws Exception {
    for (int size = MOST_MEMBERS - 1; size >= 1; size--) {
      boolean isLeader = size % 2 == 0;
      boolean isDown = size == 3;
      LocalMember leaving = isLeader ? operator.leader() : operator.follower();
      List<LocalMember> staying =
          cluster.members().stream().filter(member -> member != leaving).toList();
      writer.use(Operator.clientsOf(staying));
      if (isDown) {
        leaving.close();
      }
      operator.remove(leaving);
      if (!isDown) {
        assertThat(leaving.process().awaitExit()).isEqualTo(1);
        assertThat(leaving.process().output()).contains(REMOVED);
      }
      operator.awaitVoters(size);
      stepped(
          writer,
          "removed "
              + (isDown ? "one that was down" : isLeader ? "the leader" : "a follower")
              + ", now "
              + size);
    }
  }

  private static void stepped(SteadyWriter writer, String step) throws InterruptedException {
    writer.awaitMore(20);
    Duration pause = writer.longestPause();
    System.out.printf(Locale.ROOT, "%s: longest pause %d ms%n", step, pause.toMillis());
    assertThat(pause).as(step).isLessThan(REQUEST_TIMEOUT);
  }
}
