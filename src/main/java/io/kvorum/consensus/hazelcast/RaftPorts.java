package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.CommandCodec;
import io.kvorum.consensus.DesiredVoters;
import io.kvorum.consensus.LeadershipListener;
import io.kvorum.consensus.PeerTransport;
import io.kvorum.consensus.SnapshotTransfer;
import io.kvorum.consensus.StateMachine;
import io.kvorum.consensus.WriteAheadLog;

/**
 * What consensus stands on and what it drives. The log is opened, flushed and closed by consensus;
 * the state machine must be ready to apply when consensus starts.
 *
 * @param leadership told when this member comes to lead, and when it does no more
 */
public record RaftPorts(
    WriteAheadLog log,
    StateMachine stateMachine,
    CommandCodec codec,
    PeerTransport transport,
    SnapshotTransfer transfer,
    DesiredVoters membership,
    LeadershipListener leadership) {

  /** What a member that is a cluster by itself needs. */
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
