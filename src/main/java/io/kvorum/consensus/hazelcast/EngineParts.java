package io.kvorum.consensus.hazelcast;

import java.security.SecureRandom;

/**
 * What the rounds of the engine thread and the replicas that it runs have in common, wired
 * together: one set for one life of the member. Each part says which threads may use it.
 */
record EngineParts(
    RaftSettings settings,
    RaftPorts ports,
    EngineRunner runner,
    FailureLatch failure,
    EngineTasks tasks,
    EntryCodec codec,
    ProposalQueue proposals,
    OwnBatches own,
    WaitingReads reads,
    ReadRounds readRounds,
    Commits commits) {

  static EngineParts of(
      MemberEndpoint self, RaftSettings settings, RaftPorts ports, EngineRunner runner) {
    FailureLatch failure = new FailureLatch();
    EntryCodec codec = new EntryCodec(ports.codec());
    ProposalQueue proposals = new ProposalQueue(settings);
    long origin = new SecureRandom().nextLong();
    OwnBatches own = new OwnBatches(origin, proposals);
    WaitingReads reads = new WaitingReads(runner);
    return new EngineParts(
        settings,
        ports,
        runner,
        failure,
        new EngineTasks(runner, failure),
        codec,
        proposals,
        own,
        reads,
        new ReadRounds(origin, reads, ports, failure, runner, settings),
        new Commits(self, ports, codec, failure, new Commits.Batches(proposals, own)));
  }
}
