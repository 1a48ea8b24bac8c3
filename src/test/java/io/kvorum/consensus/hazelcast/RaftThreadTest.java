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
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class RaftThreadTest {

  /** Kvorum's; the JVM starts others whenever it likes. */
  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("kvorum-"))
        .collect(Collectors.toSet());
  }

  @Test
  void theOnlyThreadIsTheRaftThreadAndItEndsWithClose() {
    Set<Thread> before = threads();
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
    Set<Thread> during = threads();
    during.removeAll(before);
    assertThat(during).extracting(Thread::getName).containsExactly("kvorum-raft");
    consensus.close();
    assertThat(threads()).doesNotContainAnyElementsOf(during);
  }
}
