package io.kvorum.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.membership.EditableMembers;
import io.kvorum.model.ClusterMember;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LeaderWaitTest {
  private static final String LINE =
      "listening on [http://10.0.0.1:2379], waiting for a leader: %s reachable, %d needed";
  private static final Duration TICK = Duration.ofMillis(500);

  private final Logger logger = Logger.getLogger(LeaderWait.class.getName());
  private final List<String> lines = new ArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord line) {
          lines.add(line.getLevel() + " " + line.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  private final EditableMembers table = new EditableMembers();
  private final Set<Long> connected = new HashSet<>();
  private boolean hasLeader;
  private long now = Long.MAX_VALUE - 1_000;
  private final LeaderWait wait =
      new LeaderWait(
          1,
          "[http://10.0.0.1:2379]",
          table.view(),
          (id, atLeast) -> connected.contains(id),
          () -> hasLeader,
          () -> now);

  @BeforeEach
  void startOneOfThree() {
    logger.addHandler(handler);
    table.found(List.of(member(1, false), member(2, false), member(3, false)));
    wait.tick();
  }

  @AfterEach
  void leave() {
    logger.removeHandler(handler);
  }

  private static ClusterMember member(long id, boolean isLearner) {
    return new ClusterMember(id, "m" + id, List.of("http://m" + id), List.of(), isLearner);
  }

  private List<String> during(Duration time) {
    lines.clear();
    for (Duration passed = TICK; passed.compareTo(time) <= 0; passed = passed.plus(TICK)) {
      now += TICK.toNanos();
      wait.tick();
    }
    return List.copyOf(lines);
  }

  private static String line(String level, String reachable, int needed) {
    return level + " " + LINE.formatted(reachable, needed);
  }

  @Test
  void aMemberThatStartsAloneSaysSoAfterASecondAndEveryHalfMinute() {
    assertThat(during(Duration.ofMillis(500))).isEmpty();
    assertThat(during(Duration.ofMillis(500))).containsExactly(line("INFO", "1 of 3 members", 2));
    assertThat(during(Duration.ofMillis(29_500))).isEmpty();
    connected.add(3L);
    assertThat(during(Duration.ofMillis(500)))
        .containsExactly(line("WARNING", "2 of 3 members", 2));
    assertThat(during(Duration.ofSeconds(60))).hasSize(2);
  }

  @Test
  void aMemberThatFindsItsLeaderSaysNothing() {
    during(Duration.ofMillis(500));
    hasLeader = true;
    assertThat(during(Duration.ofSeconds(60))).isEmpty();
  }

  @Test
  void anOrdinaryElectionIsNoNewsAndALongLossIs() {
    hasLeader = true;
    during(Duration.ofSeconds(1));
    hasLeader = false;
    assertThat(during(Duration.ofSeconds(10))).isEmpty();
    hasLeader = true;
    during(Duration.ofSeconds(1));
    hasLeader = false;
    assertThat(during(Duration.ofSeconds(11)))
        .containsExactly(line("WARNING", "1 of 3 members", 2));
    assertThat(during(Duration.ofSeconds(30))).hasSize(1);
  }

  @Test
  void onlyVotersAreCounted() {
    table.put(member(4, true));
    table.put(member(5, false));
    connected.addAll(Set.of(2L, 4L));
    assertThat(during(Duration.ofSeconds(1)))
        .containsExactly(line("INFO", "2 of 4 voting members", 3));
  }

  @Test
  void aLearnerDoesNotCountItself() {
    table.put(member(1, true));
    assertThat(during(Duration.ofSeconds(1)))
        .containsExactly(line("INFO", "0 of 2 voting members", 2));
  }

  @Test
  void aRemovedMemberDoesNotWait() {
    table.remove(1);
    assertThat(during(Duration.ofSeconds(60))).isEmpty();
  }
}
