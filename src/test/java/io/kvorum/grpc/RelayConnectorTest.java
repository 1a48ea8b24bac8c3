package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RelayConnectorTest {
  private final RelayConnector connector = new RelayConnector();
  private final List<RelayConnector.Turn> turns = new ArrayList<>();

  @Test
  void fewConnectionsAreUnderWayAtOnceAndTheOthersFollowInTheirOrder() {
    List<Integer> begun = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      int number = i;
      connector.submit(
          turn -> {
            begun.add(number);
            turns.add(turn);
          });
    }
    assertThat(begun).hasSize(RelayConnector.MOST_AT_ONCE);
    turns.get(5).end();
    turns.get(5).end();
    assertThat(begun).hasSize(RelayConnector.MOST_AT_ONCE + 1);
    for (int i = 0; i < turns.size(); i++) {
      turns.get(i).end();
    }
    assertThat(begun).hasSize(200).isSorted();
  }

  @Test
  void attemptsThatEndAtOnceNeedNoStack() {
    List<Integer> begun = new ArrayList<>();
    for (int i = 0; i < RelayConnector.MOST_AT_ONCE; i++) {
      connector.submit(turns::add);
    }
    for (int i = 0; i < 100_000; i++) {
      int number = i;
      connector.submit(
          turn -> {
            begun.add(number);
            turn.end();
          });
    }
    turns.get(0).end();
    assertThat(begun).hasSize(100_000).isSorted();
  }
}
