package io.kvorum.bench;

import com.sun.management.OperatingSystemMXBean;
import io.kvorum.consensus.InMemoryWal;
import io.kvorum.consensus.RaftIdentity;
import io.kvorum.consensus.RaftPorts;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.consensus.StateMachine;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.consensus.hazelcast.RaftConsensus;
import io.kvorum.derby.DerbyWal;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.Result;
import io.kvorum.sim.PutCodec;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * What the consensus driver itself costs: a log in memory, a state machine that does nothing, puts
 * of 256 bytes. Arguments: seconds per measurement, and a directory to use the Derby log instead.
 */
public final class ConsensusBenchmark {
  private static final int[][] THREADS_AND_WINDOWS = {{1, 1}, {2, 8}, {2, 64}, {2, 256}};

  private ConsensusBenchmark() {}

  public static void main(String[] arguments) throws InterruptedException {
    int seconds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5;
    WriteAheadLog log =
        arguments.length > 1
            ? new DerbyWal(Path.of(arguments[1]))
            : new InMemoryWal(new InMemoryWal.Disk());
    RaftConsensus consensus =
        new RaftConsensus(
            RaftIdentity.sole(1),
            RaftSettings.defaults(),
            RaftPorts.sole(1, log, new Counting(), new PutCodec()),
            failure -> {
              failure.printStackTrace();
              System.exit(1);
            });
    consensus.start();
    consensus.ready().join();
    for (int round = 0; round < 2; round++) {
      for (int[] load : THREADS_AND_WINDOWS) {
        measure(consensus, load[0], load[1], seconds, round == 1);
      }
    }
    consensus.close();
  }

  private static void measure(
      RaftConsensus consensus, int threads, int window, int seconds, boolean report)
      throws InterruptedException {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long cpuBefore = system.getProcessCpuTime();
    long entriesBefore = consensus.status().appliedIndex();
    long start = System.nanoTime();
    long deadline = start + seconds * 1_000_000_000L;
    long[] done = new long[threads];
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      int client = i;
      clients.add(new Thread(() -> done[client] = propose(consensus, window, deadline)));
    }
    clients.forEach(Thread::start);
    for (Thread client : clients) {
      client.join();
    }
    long elapsed = System.nanoTime() - start;
    long cpu = system.getProcessCpuTime() - cpuBefore;
    long total = 0;
    for (long count : done) {
      total += count;
    }
    long entries = consensus.status().appliedIndex() - entriesBefore;
    if (report) {
      System.out.printf(
          "in flight %4d: %,10.0f proposals/s, %6.2f us CPU per proposal (clients included),"
              + " %5.1f per entry%n",
          threads * window, total * 1e9 / elapsed, cpu / 1e3 / total, (double) total / entries);
    }
  }

  private static long propose(RaftConsensus consensus, int window, long deadline) {
    Deque<CompletableFuture<Result>> inFlight = new ArrayDeque<>();
    Bytes key = Bytes.utf8("/registry/pods/default/some-pod");
    Bytes value = Bytes.wrap(new byte[256]);
    long done = 0;
    while (System.nanoTime() < deadline) {
      while (inFlight.size() < window) {
        inFlight.add(consensus.propose(Command.Put.of(key, value)));
      }
      inFlight.remove().join();
      done++;
    }
    inFlight.forEach(CompletableFuture::join);
    return done + inFlight.size();
  }

  /** Does nothing, durably. */
  private static final class Counting implements StateMachine {
    private volatile long durable;
    private long revision;

    @Override
    public List<Result> apply(long index, long term, List<Command> commands) {
      List<Result> results = new ArrayList<>(commands.size());
      for (int i = 0; i < commands.size(); i++) {
        results.add(new Result.Put(++revision, null));
      }
      durable = index;
      return results;
    }

    @Override
    public void applyGroup(long index, long term, byte[] group) {
      durable = index;
    }

    @Override
    public DurableState durableState() {
      return new DurableState(durable, 0, false, null);
    }

    @Override
    public long durableIndex() {
      return durable;
    }

    @Override
    public boolean workSlice() {
      return false;
    }
  }
}
