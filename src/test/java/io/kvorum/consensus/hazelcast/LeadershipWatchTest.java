package io.kvorum.consensus.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.consensus.LeadershipListener;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LeadershipWatchTest {
  private final List<String> news = new ArrayList<>();
  private final LeadershipWatch watch =
      new LeadershipWatch(
          new LeadershipListener() {
            @Override
            public void onElected(long term) {}

            @Override
            public void onDeposed() {}

            @Override
            public void onRemoved() {}

            @Override
            public void onLeaderChange(long leaderId, long term) {
              news.add(leaderId + " in " + term);
            }
          });

  @Test
  void aLeaderIsNewsOnceInEachTerm() {
    watch.observeLeader(0, 1, 0);
    watch.observeLeader(2, 1, 10);
    watch.observeLeader(2, 1, 20);
    watch.observeLeader(2, 3, 30);
    watch.observeLeader(1, 4, 40);
    assertThat(news).containsExactly("2 in 1", "2 in 3", "1 in 4");
  }

  @Test
  void aLeaderThatIsMissedForAMomentIsNotLost() {
    watch.observeLeader(2, 1, 0);
    watch.observeLeader(0, 1, 100);
    watch.observeLeader(0, 1, 1_000);
    watch.observeLeader(2, 1, 1_100);
    watch.observeLeader(0, 1, 2_000);
    watch.observeLeader(3, 2, 2_900);
    assertThat(news).containsExactly("2 in 1", "3 in 2");
  }

  @Test
  void aLeaderThatIsMissedForASecondIsLost() {
    watch.observeLeader(2, 1, 0);
    watch.observeLeader(0, 1, 100);
    watch.observeLeader(0, 2, 1_100);
    watch.observeLeader(0, 3, 9_000);
    watch.observeLeader(2, 4, 9_100);
    assertThat(news).containsExactly("2 in 1", "0 in 2", "2 in 4");
  }
}
