package io.kvorum.consensus.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.consensus.InMemoryWal;
import io.kvorum.consensus.RaftIdentity;
import io.kvorum.consensus.RaftPorts;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.sim.CrashPoint;
import io.kvorum.sim.PutCodec;
import io.kvorum.sim.RecordingState;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class RaftThreadTest {

  private static Set<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void theOnlyThreadIsTheRaftThreadAndItEndsWithClose() {
    Set<String> before = threads();
    RaftConsensus consensus =
        new RaftConsensus(
            RaftIdentity.sole(1),
            RaftSettings.defaults(),
            RaftPorts.sole(
                1,
                new InMemoryWal(new InMemoryWal.Disk()),
                new RecordingState(new RecordingState.Disk(), new CrashPoint()),
                new PutCodec()),
            failure -> {
              throw new AssertionError(failure);
            });
    consensus.start();
    consensus.ready().join();
    consensus.propose(Command.Put.of(Bytes.utf8("k"), Bytes.EMPTY)).join();
    Set<String> during = threads();
    during.removeAll(before);
    assertThat(during).containsExactly("kvorum-raft");
    consensus.close();
    assertThat(threads()).doesNotContain("kvorum-raft");
  }
}
