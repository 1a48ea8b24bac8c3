package io.kvorum.consensus.hazelcast.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.cp.internal.raft.impl.log.LogEntry;
import io.kvorum.consensus.InMemoryWal;
import io.kvorum.consensus.RaftPorts;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.consensus.hazelcast.log.EntryCodec;
import io.kvorum.consensus.hazelcast.log.LogOperation;
import io.kvorum.sim.CrashPoint;
import io.kvorum.sim.PutCodec;
import io.kvorum.sim.RecordingState;
import io.kvorum.sim.SimulatedRunner;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** How much of the log is kept by a member that does not lead. */
class RaftLogStoreTest {
  private static final int ENTRY_BYTES = 100;
  private static final int KEPT_BYTES = 40 * ENTRY_BYTES;

  private final InMemoryWal.Disk disk = new InMemoryWal.Disk();
  private final RecordingState.Disk stateDisk = new RecordingState.Disk();
  private long lastIndex;

  /** One life of the member: it writes, all of which the state holds by itself in the end. */
  private void live(int entries) throws IOException {
    live(entries, store -> {});
  }

  private void live(int entries, Consumer<RaftLogStore> before) throws IOException {
    InMemoryWal log = new InMemoryWal(disk);
    EntryCodec codec = new EntryCodec(new PutCodec());
    RaftPorts ports =
        RaftPorts.sole(1, log, new RecordingState(stateDisk, new CrashPoint()), new PutCodec());
    RaftSettings settings = RaftSettings.defaults().withKeptForOthers(KEPT_BYTES);
    RaftLogStore store =
        new RaftLogStore(ports, settings, codec, new FailureLatch(), new SimulatedRunner());
    WriteAheadLog.Recovered recovered = log.open();
    store.resumeFrom(recovered);
    before.accept(store);
    store.discardIfLarge(0);
    for (int i = 0; i < entries; i++) {
      lastIndex++;
      LogOperation operation = LogOperation.received(new byte[ENTRY_BYTES]);
      store.persistEntry(new LogEntry(1, lastIndex, operation));
      stateDisk.entries().add(new RecordingState.Applied(lastIndex, 1, List.of(), null));
    }
    store.flushLogs();
    store.discardIfLarge(0);
    log.close();
  }

  @Test
  void aMemberThatRestartsOftenDiscardsAsMuchOfItsLogAsOneThatRunsLong() throws IOException {
    for (int life = 0; life < 30; life++) {
      live(20);
      assertThat(disk.lastIndex() - disk.firstIndex() + 1).isBetween(20L, 65L);
    }
    live(0);
    assertThat(disk.lastIndex()).isEqualTo(600);
    assertThat(disk.firstIndex()).isBetween(555L, 562L);
  }

  @Test
  void moreIsKeptWhileAMemberFetchesASnapshot() throws IOException {
    live(150);
    live(150, RaftLogStore::snapshotOffered);
    assertThat(disk.firstIndex()).isEqualTo(1);
    live(0, RaftLogStore::snapshotOffered);
    assertThat(disk.lastIndex() - disk.firstIndex() + 1).isBetween(150L, 170L);
    live(0);
    assertThat(disk.lastIndex() - disk.firstIndex() + 1).isBetween(38L, 45L);
  }

  @Test
  void whatFitsIsKeptForOthers() throws IOException {
    live(20);
    live(20);
    live(0);
    assertThat(disk.firstIndex()).isEqualTo(1);
  }
}
