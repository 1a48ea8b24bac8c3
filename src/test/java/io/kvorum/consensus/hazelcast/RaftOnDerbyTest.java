package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.Consensus;
import io.kvorum.consensus.ConsensusContract;
import io.kvorum.consensus.RaftIdentity;
import io.kvorum.consensus.RaftPorts;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.consensus.StateMachine;
import io.kvorum.derby.DerbyWal;
import io.kvorum.sim.PutCodec;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** A group of one over the log that the server uses. */
class RaftOnDerbyTest extends ConsensusContract {
  @TempDir private Path directory;

  @Override
  protected Consensus serving(StateMachine state) {
    RaftConsensus consensus =
        new RaftConsensus(
            RaftIdentity.sole(1),
            RaftSettings.defaults(),
            RaftPorts.sole(1, new DerbyWal(directory.resolve("wal")), state, new PutCodec()),
            failure -> {
              throw new AssertionError(failure);
            });
    consensus.start();
    consensus.ready().join();
    return consensus;
  }
}
