package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.Consensus;
import io.kvorum.consensus.ConsensusContract;
import io.kvorum.consensus.InMemoryWal;
import io.kvorum.consensus.RaftIdentity;
import io.kvorum.consensus.RaftPorts;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.consensus.StateMachine;
import io.kvorum.sim.PutCodec;

/** A group of one on a real thread, over a log in memory. */
class RaftConsensusContractTest extends ConsensusContract {
  private final InMemoryWal.Disk disk = new InMemoryWal.Disk();

  @Override
  protected Consensus serving(StateMachine state) {
    RaftConsensus consensus =
        new RaftConsensus(
            RaftIdentity.sole(1),
            RaftSettings.defaults(),
            RaftPorts.sole(1, new InMemoryWal(disk), state, new PutCodec()),
            failure -> {
              throw new AssertionError(failure);
            });
    consensus.start();
    consensus.ready().join();
    return consensus;
  }
}
