package io.kvorum.consensus.hazelcast.core;

import io.kvorum.consensus.LoopRunner;
import io.kvorum.consensus.RaftIdentity;
import io.kvorum.consensus.RaftPorts;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.consensus.hazelcast.log.EntryCodec;
import io.kvorum.consensus.hazelcast.proposal.PendingBatches;
import io.kvorum.consensus.hazelcast.proposal.ProposalQueue;
import java.security.SecureRandom;

/**
 * Wires what the Raft loop and its replicas share: one set for one life of the member. Each part
 * says which threads may use it.
 */
public record LoopContext(
    RaftIdentity identity,
    RaftSettings settings,
    RaftPorts ports,
    LoopRunner runner,
    FailureLatch failure,
    LoopTasks tasks,
    EntryCodec codec,
    RaftLogStore store,
    ProposalQueue proposals,
    PendingBatches pending,
    PublishedStatus status,
    CommittedEntries entries,
    ReadIndex reads,
    LeadershipTransfer transfer) {

  public static LoopContext of(
      RaftIdentity identity, RaftSettings settings, RaftPorts ports, LoopRunner runner) {
    FailureLatch failure = new FailureLatch();
    LoopTasks tasks = new LoopTasks(runner, failure);
    EntryCodec codec = new EntryCodec(ports.codec());
    RaftLogStore store = new RaftLogStore(ports, settings, codec, failure, runner);
    long origin = new SecureRandom().nextLong();
    ProposalQueue proposals = new ProposalQueue(settings);
    PendingBatches pending =
        new PendingBatches(origin, proposals, ports.codec(), ports.transport());
    ReadIndex reads = new ReadIndex(origin, ports.transport(), failure, runner, settings);
    PublishedStatus status = new PublishedStatus(proposals, reads);
    return new LoopContext(
        identity,
        settings,
        ports,
        runner,
        failure,
        tasks,
        codec,
        store,
        proposals,
        pending,
        status,
        new CommittedEntries(identity.memberId(), ports, codec, failure, pending, status),
        reads,
        new LeadershipTransfer(
            tasks, ports.transport(), ports.desiredVoters()::nameOf, runner, settings));
  }
}
