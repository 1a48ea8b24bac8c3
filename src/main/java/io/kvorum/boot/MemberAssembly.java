package io.kvorum.boot;

import io.kvorum.service.ConfirmedProposals;
import io.kvorum.service.Scheduler;
import io.kvorum.support.Futures;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletionException;

/**
 * Wires one member; the only class that knows all of its parts. They are created bottom-up, in the
 * order of the drawing in ARCHITECTURE.md, each from parts that precede it here. What a part needs
 * of a later one is passed to its {@code start} method.
 *
 * <pre>
 *   StateParts       store, events, the applier, the clocks of the leases
 *   ClusterParts     the other members, consensus, the links
 *   ServiceParts     the use cases, and what notes the calls of clients
 *   BackgroundParts  periodic tasks, scheduled backups, the rotation of keys
 *   FaceParts        the gRPC face and the pages; the JSON face is the container's
 * </pre>
 *
 * <p>{@link #start} and {@link #close} are called by one thread; the javadoc of each part states
 * which threads may use it.
 *
 * <p>Held by: WholeMemberTest.
 */
final class MemberAssembly implements AutoCloseable {
  private final Groundwork ground;
  private final MemberFront front;
  private final Readiness readiness;
  private final StateParts state;
  private final ClusterParts cluster;
  private final ServiceParts services;
  private final BackgroundParts background;
  private final FaceParts faces;

  /**
   * @param front listens already
   */
  MemberAssembly(Groundwork ground, MemberFront front) {
    this.ground = ground;
    this.front = front;
    readiness = new Readiness(front.port()::serve, Scheduler.real());
    state = new StateParts(ground);
    cluster = new ClusterParts(ground, state, front.security().peers(), readiness);
    services = new ServiceParts(ground, state, cluster, front);
    background = new BackgroundParts(ground, state, cluster, services.services());
    faces =
        new FaceParts(
            front,
            state,
            cluster,
            services,
            new MemberFigures(
                state.members(),
                cluster.transport(),
                services.services(),
                background.scheduledBackups(),
                background.keyRotation(),
                front.audit(),
                state.applyMeter(),
                services.callTimes(),
                ground.config().observing().gates()));
  }

  /**
   * Recovers everything from disk, and takes part in the cluster. Returns when this member has
   * applied what it knows to be committed, whether or not there is a leader yet. Clients are served
   * from when {@link Readiness} decides so, but {@linkplain ClusterParts#isOut not if the member
   * was removed}.
   *
   * @param onDurable records that log and store are durable. A joiner does that before any other
   *     member may rely on them; the others later, in the background
   * @throws IOException if what is on disk cannot be used, or an address cannot be listened on
   */
  void start(Housekeeping.Completion onDurable) throws IOException {
    front.pages().recovering();
    state.recover(ground.start().founders());
    if (ground.config().corruptionChecks().atStart()) {
      compareStore();
    }
    state.start(new ConfirmedProposals(cluster.consensus())::propose);
    cluster.start();
    state.auth().tokens().start();
    cluster.startLog();
    if (ground.start().raft().isJoining()) {
      onDurable.run();
    }
    if (ground.start().raft().isForcedNewCluster()) {
      cluster.forceNewCluster();
    }
    cluster.connect(services.services(), new StoreSnapshots(state.store()));
    background.start(onDurable);
    if (cluster.isOut()) {
      faces.serveNobody();
    } else {
      faces.servePages();
      readiness.recovered();
    }
  }

  /**
   * Compares the store of a member that had one with those of the others, before it takes part. One
   * that has just fetched its store has nothing to compare, and one that continues alone has no
   * other to compare with.
   *
   * @throws IOException if they differ
   */
  private void compareStore() throws IOException {
    if (state.store().durableIndex() == 0
        || ground.start().raft().isJoining()
        || ground.start().raft().isForcedNewCluster()) {
      return;
    }
    Optional<String> refusal;
    try {
      refusal = services.services().corruptionChecks().beforeStart().join();
    } catch (CompletionException e) {
      throw new IOException("the store cannot be hashed", Futures.cause(e));
    }
    if (refusal.isPresent()) {
      throw new IOException(refusal.get());
    }
  }

  /**
   * Transfers leadership, stops serving, and closes the parts from the top down. Log and store are
   * closed even if a part above them fails: where a WAR is undeployed by deleting it, a class that
   * was never used can no longer be loaded.
   */
  @Override
  public void close() throws IOException {
    readiness.end();
    front.pages().stopping();
    background.stopCopying();
    cluster.transferLeadership();
    try {
      front.port().stop();
      services.leaveQueues();
      background.closeHousekeeping();
      services.close();
      state.stop();
      cluster.disconnect();
    } finally {
      try {
        cluster.closeConsensus();
      } finally {
        state.closeStore();
      }
    }
  }

  Readiness readiness() {
    return readiness;
  }

  StateParts state() {
    return state;
  }

  ClusterParts cluster() {
    return cluster;
  }

  ServiceParts services() {
    return services;
  }

  FaceParts faces() {
    return faces;
  }
}
