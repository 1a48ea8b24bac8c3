package io.kvorum.consensus.hazelcast;

import java.security.SecureRandom;

/**
 * What the rounds of the engine thread and the replicas that it runs have in common, wired
 * together: one set for one life of the member. Each part says which threads may use it.
 */
record LoopContext(
    RaftSettings settings,
    RaftPorts ports,
    LoopRunner runner,
    FailureLatch failure,
    LoopTasks tasks,
    EntryCodec codec,
    ProposalQueue proposals,
    PendingBatches own,
    WaitingReads reads,
    ReadRounds readRounds,
    Commits commits) {

  static LoopContext of(
      MemberEndpoint self, RaftSettings settings, RaftPorts ports, LoopRunner runner) {
    FailureLatch failure = new FailureLatch();
    EntryCodec codec = new EntryCodec(ports.codec());
    ProposalQueue proposals = new ProposalQueue(settings);
    long origin = new SecureRandom().nextLong();
    PendingBatches own = new PendingBatches(origin, proposals);
    WaitingReads reads = new WaitingReads(runner);
    return new LoopContext(
        settings,
        ports,
        runner,
        failure,
        new LoopTasks(runner, failure),
        codec,
        proposals,
        own,
        reads,
        new ReadRounds(origin, reads, ports, failure, runner, settings),
        new Commits(self, ports, codec, failure, new Commits.Batches(proposals, own)));
  }
}
