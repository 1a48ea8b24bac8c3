package io.kvorum.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.Admitted;
import org.junit.jupiter.api.Test;

class RelayedConnectionsTest {
  private static final int PORT = 40_001;

  private final RelayedConnections connections = new RelayedConnections();

  private RelayedConnections.Client register() {
    return connections.register(PORT, Admitted.SOMEBODY, () -> null);
  }

  @Test
  void aClientIsFoundByItsPortAndItsProofTogether() {
    RelayedConnections.Client client = register();
    assertThat(connections.clientOf(PORT, client.proof())).isSameAs(client);
    assertThat(connections.clientOf(PORT, null)).isNull();
    assertThat(connections.clientOf(PORT, "")).isNull();
    assertThat(connections.clientOf(PORT, "0".repeat(client.proof().length()))).isNull();
    assertThat(connections.clientOf(PORT + 1, client.proof())).isNull();
  }

  @Test
  void whatOneClientHasSentIsNeverTakenForThatOfTheNextOneAtItsPort() {
    RelayedConnections.Client first = register();
    connections.remove(PORT, first);
    assertThat(connections.clientOf(PORT, first.proof())).isNull();
    RelayedConnections.Client second = register();
    assertThat(connections.clientOf(PORT, first.proof())).isNull();
    connections.remove(PORT, first);
    assertThat(connections.clientOf(PORT, second.proof())).isSameAs(second);
    assertThat(first.isOpenBothWays()).isFalse();
    assertThat(second.isOpenBothWays()).isTrue();
  }
}
