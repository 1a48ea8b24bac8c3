package io.kvorum.consensus;

/**
 * Bundles what consensus uses and drives. Consensus opens, flushes and closes the log; the state
 * machine must be ready to apply when consensus starts.
 */
public record RaftPorts(
    WriteAheadLog log,
    StateMachine stateMachine,
    CommandCodec codec,
    PeerTransport transport,
    SnapshotTransfer transfer,
    DesiredVoters desiredVoters,
    LeadershipListener leadership) {

  /** For a member without peers. */
  public static RaftPorts sole(
      long memberId, WriteAheadLog log, StateMachine stateMachine, CommandCodec codec) {
    return new RaftPorts(
        log,
        stateMachine,
        codec,
        PeerTransport.NONE,
        SnapshotTransfer.NONE,
        DesiredVoters.sole(memberId),
        LeadershipListener.NONE);
  }
}
