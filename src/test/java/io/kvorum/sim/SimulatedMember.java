package io.kvorum.sim;

import io.kvorum.consensus.CommandCodec;
import io.kvorum.consensus.InMemoryWal;
import io.kvorum.consensus.RaftIdentity;
import io.kvorum.consensus.RaftPorts;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.consensus.StateMachine;
import io.kvorum.consensus.hazelcast.RaftConsensus;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/**
 * Runs one life of a member, from its start to a crash or a close: the real consensus driver on a
 * simulated thread, clock and log, over any state machine. What outlives it are the disks that it
 * was given.
 */
public final class SimulatedMember<S extends StateMachine> {
  public static final long ID = 0x8e9e05c52164694dL;

  private final CrashPoint crashPoint = new CrashPoint();
  private final SimulatedRunner runner = new SimulatedRunner();
  private final List<Throwable> failures = new ArrayList<>();
  private final InMemoryWal log;
  private final S state;
  private final RaftConsensus consensus;

  /**
   * @param state opens the state machine on what its own disk holds; its accesses should pass the
   *     crash point
   */
  public SimulatedMember(
      RaftSettings settings,
      InMemoryWal.Disk logDisk,
      CommandCodec codec,
      Function<CrashPoint, S> state) {
    this.log = new InMemoryWal(logDisk, crashPoint);
    this.state = state.apply(crashPoint);
    this.consensus =
        new RaftConsensus(
            RaftIdentity.sole(ID),
            settings,
            RaftPorts.sole(ID, log, this.state, codec),
            failures::add,
            runner);
  }

  /** A member over a recording state machine that is started and serves. */
  public static SimulatedMember<RecordingState> serving(
      RaftSettings settings, InMemoryWal.Disk logDisk, RecordingState.Disk stateDisk) {
    SimulatedMember<RecordingState> member = recording(settings, logDisk, stateDisk);
    member.consensus.start();
    member.runner.runUntilIdle();
    return member;
  }

  /** A member over a recording state machine that is not started yet. */
  public static SimulatedMember<RecordingState> recording(
      RaftSettings settings, InMemoryWal.Disk logDisk, RecordingState.Disk stateDisk) {
    return new SimulatedMember<>(
        settings, logDisk, new PutCodec(), crashPoint -> new RecordingState(stateDisk, crashPoint));
  }

  /** Nothing more of this life happens; of what was not flushed, a random prefix stays. */
  public void end(Random random) {
    log.crash(random);
  }

  /** True if it has crashed, or has found that it must stop. */
  public boolean hasEnded() {
    return crashPoint.hasStruck() || !failures.isEmpty();
  }

  public CrashPoint crashPoint() {
    return crashPoint;
  }

  public SimulatedRunner runner() {
    return runner;
  }

  /** The reason why it must stop. */
  public List<Throwable> failures() {
    return failures;
  }

  public InMemoryWal log() {
    return log;
  }

  public S state() {
    return state;
  }

  public RaftConsensus consensus() {
    return consensus;
  }
}
