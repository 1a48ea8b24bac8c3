package io.kvorum.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.ServerKind;
import java.util.List;
import org.junit.jupiter.api.Test;

final class StartTableTest {
  private final StartTable table = new StartTable(List.of(ServerKind.ETCD, ServerKind.KVORUM));

  @Test
  void aRowHasTheMedianOfEachServerAndWhetherOursReachesTheAim() {
    for (double seconds : new double[] {3, 1, 1.1}) {
      table.add(StartFigure.PUT, ServerKind.KVORUM, seconds);
    }
    table.add(StartFigure.PUT, ServerKind.ETCD, 2);
    table.add(StartFigure.IDLE, ServerKind.KVORUM, 251);
    assertThat(table.markdown())
        .endsWith(
            "| what | aim | etcd | Kvorum | aim reached? |\n|---|---:|---:|---:|---|\n"
                + "| exec to the first answered gRPC put, empty store | 1.2 s | 2.00 s"
                + " | 1.10 s (1.00–3.00) | reached |\n"
                + "| resident a minute after the start | 250 MB | | 251 MB | **missed** |\n"
                    .replace("MB | |", "MB |  |"));
  }

  @Test
  void anEvenNumberOfSamplesHasItsMedianInBetween() {
    table.add(StartFigure.READY, ServerKind.KVORUM, 1);
    table.add(StartFigure.READY, ServerKind.KVORUM, 2);
    assertThat(table.markdown()).contains("|  |  | 1.50 s (1.00–2.00) |  |");
  }
}
