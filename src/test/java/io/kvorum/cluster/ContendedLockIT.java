package io.kvorum.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.LocalCluster;
import io.kvorum.testing.LocalMember;
import io.kvorum.testing.Pause;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A lock that several clients contend for while its leader is killed again and again. */
@Timeout(600)
final class ContendedLockIT {
  private static final int CONTENDERS = 6;
  private static final long MILLIS_BETWEEN_KILLS = 1_000;
  private static final Duration TURN_AT_MOST = Duration.ofSeconds(60);

  @ParameterizedTest(name = "{0} members, {1} kills")
  @CsvSource({"1, 1", "3, 3"})
  void theLockHasOneHolderAtATimeAndNoContenderIsForgotten(int members, int kills)
      throws Exception {
    try (LocalCluster cluster = LocalCluster.of(members)) {
      LockedCounter counter = new LockedCounter();
      List<Contender> contenders = new ArrayList<>();
      try {
        for (int i = 0; i < CONTENDERS; i++) {
          contenders.add(new Contender(i, cluster.clients(), counter));
        }
        contenders.forEach(Contender::start);
        for (int i = 0; i < kills; i++) {
          Pause.of(MILLIS_BETWEEN_KILLS);
          killTheLeader(cluster);
        }
        cluster.awaitServing();
        for (Contender contender : contenders) {
          contender.awaitAnotherTurn(TURN_AT_MOST);
        }
      } finally {
        contenders.forEach(Contender::stop);
      }
      contenders.forEach(Contender::throwFailure);
      assertThat(counter.written()).as(counter.toString()).isGreaterThan(CONTENDERS);
      long value = contenders.get(0).readCounter();
      assertThat(value)
          .as(counter.toString())
          .isBetween(counter.written(), counter.written() + counter.unknown());
      assertThat(contenders.get(0).queue()).as("keys after all have left").isEmpty();
    }
  }

  /**
   * Those that wait at the leader lose their connections; all others go on waiting. It may still be
   * starting when the next one is killed: then there is no majority for a while.
   */
  private static void killTheLeader(LocalCluster cluster) throws Exception {
    LocalMember leader = cluster.awaitLeader();
    leader.kill();
    Pause.of(MILLIS_BETWEEN_KILLS);
    cluster.restart(leader);
  }
}
