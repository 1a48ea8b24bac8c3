package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.RaftIdentity;
import io.kvorum.consensus.RaftPorts;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.derby.DerbyWal;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.sim.CrashPoint;
import io.kvorum.sim.PutCodec;
import io.kvorum.sim.RecordingState;
import java.io.PrintStream;
import java.nio.file.Path;

/**
 * A process to be killed: writes through consensus on a Derby log as fast as it can, and prints the
 * number of each command before it is proposed and after it is acknowledged.
 */
final class KillTarget {
  private static final int PROPOSERS = 4;
  private static final int NUMBERS_PER_PROPOSER = 1_000_000;

  private KillTarget() {}

  /** Arguments: the log's directory, and the first number. */
  public static void main(String[] arguments) {
    RaftConsensus consensus = open(Path.of(arguments[0]), newState());
    int first = Integer.parseInt(arguments[1]);
    PrintStream out = new PrintStream(System.out, true);
    for (int proposer = 0; proposer < PROPOSERS; proposer++) {
      int from = first + proposer * NUMBERS_PER_PROPOSER;
      new Thread(() -> propose(consensus, from, out)).start();
    }
  }

  private static void propose(RaftConsensus consensus, int from, PrintStream out) {
    for (int number = from; ; number++) {
      Bytes key = Bytes.utf8("call-" + number);
      consensus.propose(Command.Put.of(key, Bytes.wrap(new byte[number % 700]))).join();
      out.println(number);
    }
  }

  static RecordingState newState() {
    return new RecordingState(new RecordingState.Disk(), new CrashPoint());
  }

  static RaftConsensus open(Path directory, RecordingState state) {
    RaftConsensus consensus =
        new RaftConsensus(
            RaftIdentity.sole(1),
            RaftSettings.defaults(),
            RaftPorts.sole(1, new DerbyWal(directory), state, new PutCodec()),
            failure -> {
              failure.printStackTrace();
              Runtime.getRuntime().halt(3);
            });
    consensus.start();
    consensus.ready().join();
    return consensus;
  }
}
