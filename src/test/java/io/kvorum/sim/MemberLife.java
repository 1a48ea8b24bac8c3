package io.kvorum.sim;

import io.kvorum.consensus.InMemoryWal;
import io.kvorum.consensus.LeadershipListener;
import io.kvorum.consensus.RaftPorts;
import io.kvorum.consensus.hazelcast.RaftConsensus;
import io.kvorum.model.Command;
import io.kvorum.model.Result;
import io.kvorum.mvcc.SnapshotStaging;
import io.kvorum.mvcc.StoreSettings;
import io.kvorum.mvcc.history.InMemoryHistory;
import io.kvorum.service.AttributePublisher;
import io.kvorum.service.ConfirmedProposals;
import io.kvorum.service.ForceNewCluster;
import io.kvorum.service.Services;
import io.kvorum.watch.SimulatedHub;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Wires one run of the process of a simulated member, as the real one is: the real consensus
 * driver, store, leases, watch hub and services.
 */
final class MemberLife {
  private static final int MOST_RESTLESS = 500;
  private static final int HOUSEKEEPING_MILLIS = 500;

  private final MemberHost member;
  private final Cluster cluster;
  private final ClusterSchedule schedule;
  private final CrashPoint crashPoint = new CrashPoint();
  private final SimulatedRunner runner;
  private final InMemoryWal log;
  private final ClusterState state;
  private final SimulatedHub hub;
  private final SimulatedNetwork.Port port;
  private final SimulatedTransfer transfer;
  private final RaftConsensus consensus;
  private final NumberedConsensus numbered;
  private final ConfirmedProposals leaderProposals;
  private final Services services;
  private final AttributePublisher publication;
  private final List<Throwable> failures = new ArrayList<>();
  private boolean wasRemoved;
  private boolean hasLed;
  private long dueAt;
  private long busyUntil;
  private int restless;
  private long unanswered;

  MemberLife(MemberHost member, Cluster cluster) {
    this.member = member;
    this.cluster = cluster;
    this.schedule = cluster.schedule();
    this.runner = new SimulatedRunner(schedule);
    this.log = new InMemoryWal(member.logDisk(), crashPoint);
    SimulatedCore core = core();
    this.state = new ClusterState(member.id(), core, member.logDisk(), cluster.history().ledger());
    this.hub = new SimulatedHub(core.store(), schedule, new Random(cluster.random().nextLong()));
    this.port = cluster.network().open(member.id());
    this.transfer =
        new SimulatedTransfer(
            schedule, cluster.random(), new Place(), cluster.counts(), member.id());
    this.consensus =
        new RaftConsensus(
            member.identity(),
            cluster.settings(),
            new RaftPorts(
                log,
                state,
                cluster.history().codec(),
                port,
                transfer,
                core.members(),
                new OwnLeadership()),
            failures::add,
            runner);
    this.numbered = new NumberedConsensus(consensus, cluster.clients().of(this));
    this.leaderProposals = new ConfirmedProposals(numbered);
    this.services = new SimulatedServices(this, cluster).services();
    this.publication =
        new AttributePublisher(
            member.id(),
            "m" + member.id(),
            List.of("http://m" + member.id() + ":2379"),
            core.members(),
            numbered);
  }

  private SimulatedCore core() {
    Random random = cluster.random();
    InMemoryHistory history = member.history();
    history.hold();
    long[] caches = {0, 2_000, 1_000_000};
    StoreSettings settings =
        new StoreSettings(
            caches[random.nextInt(caches.length)],
            caches[random.nextInt(caches.length)],
            SimulatedCore.Temper.NO_LIMIT);
    SimulatedCore core =
        new SimulatedCore(
            new SimulatedCore.Setup(
                history,
                crashPoint,
                cluster.history().ledger(),
                member.isFounder() ? cluster.founders() : List.of(),
                (revision, events) -> this.hub().publish(revision, events)),
            new SimulatedCore.Temper(settings, SimulatedCore.Temper.NO_LIMIT, false),
            schedule,
            this::decide);
    core.hold();
    return core;
  }

  /** What only the leader may propose. */
  private CompletableFuture<Result> decide(Command command) {
    cluster.promises().decided(command);
    return leaderProposals.propose(command);
  }

  private final class OwnLeadership implements LeadershipListener {
    @Override
    public void onElected(long term) {
      hasLed = true;
      long graceNanos = cluster.settings().electionTimeoutMillis() * 1_000_000;
      state.core().lessor().promote(graceNanos, term);
    }

    @Override
    public void onDeposed() {
      state.core().lessor().demote();
    }

    @Override
    public void onRemoved() {
      wasRemoved = true;
    }
  }

  /** Where snapshots come from, and go to. */
  private final class Place implements SimulatedTransfer.Place {
    @Override
    public @Nullable SimulatedCore reach(long memberId) {
      return cluster.reach(member.id(), memberId);
    }

    @Override
    public SnapshotStaging stage() throws IOException {
      return member.stageBeside(state.core().store());
    }

    @Override
    public void install(SnapshotStaging arrived) throws IOException {
      crashPoint.strike("install");
      state.install(arrived, member.incoming());
      crashPoint.strike("installed");
      member.makeIncomingCurrent();
      hub.restored();
      crashPoint.strike("restored");
    }
  }

  void start() {
    consensus.start();
    consensus.ready().thenRun(member::hasJoined);
    keepHouse();
    if (member.isSurvivor()) {
      forceNewCluster();
    }
  }

  private void forceNewCluster() {
    CompletableFuture<Void> unused =
        consensus
            .ready()
            .thenCompose(
                ready ->
                    new ForceNewCluster(member.asListed(), state.core().members(), numbered).run())
            .whenComplete(
                (alone, failure) -> {
                  if (failure == null) {
                    member.hasSurvived();
                  } else if (!hasEnded()) {
                    failures.add(failure);
                  }
                });
  }

  /** As the real housekeeping does. */
  private void keepHouse() {
    schedule.afterMillis(
        HOUSEKEEPING_MILLIS,
        () -> {
          if (member.life() == this && !hasEnded()) {
            if (schedule.getAsLong() >= member.frozenUntil()) {
              stir();
              state.core().lessor().tick();
              publication.tick();
            }
            keepHouse();
          }
        });
  }

  /**
   * Nothing more of it happens.
   *
   * @param isOrderly true if it has written what it had
   * @return the history that it leaves
   */
  InMemoryHistory end(boolean isOrderly) {
    transfer.close();
    log.crash(cluster.random());
    cluster.network().closed(port);
    return state.core().end(!isOrderly);
  }

  boolean hasEnded() {
    return crashPoint.hasStruck() || !failures.isEmpty();
  }

  void asked() {
    unanswered++;
  }

  void answered() {
    unanswered--;
  }

  /** What it was asked, and has not answered. */
  long unanswered() {
    return unanswered;
  }

  /** Something was brought to it. */
  void stir() {
    restless = 0;
  }

  boolean isReady(long now) {
    return now >= busyUntil && (now >= dueAt || runner.hasWork());
  }

  /** When it wants to run next, if nothing happens. */
  long readyAt() {
    return Math.max(busyUntil, runner.hasWork() ? 0 : dueAt);
  }

  /**
   * Runs one round, which takes so long.
   *
   * @return false if it has finished
   */
  boolean run(long now, long nanos) {
    long idle = runner.runOne();
    busyUntil = now + nanos;
    dueAt = idle == Long.MAX_VALUE ? idle : now + idle;
    restless = idle == 0 ? restless + 1 : 0;
    if (restless > MOST_RESTLESS) {
      throw new AssertionError("member " + member.id() + " never rests");
    }
    return idle != Long.MAX_VALUE;
  }

  MemberHost member() {
    return member;
  }

  CrashPoint crashPoint() {
    return crashPoint;
  }

  ClusterState state() {
    return state;
  }

  SimulatedHub hub() {
    return hub;
  }

  RaftConsensus consensus() {
    return consensus;
  }

  /** What its services propose to. */
  NumberedConsensus numbered() {
    return numbered;
  }

  Services services() {
    return services;
  }

  List<Throwable> failures() {
    return failures;
  }

  boolean wasRemoved() {
    return wasRemoved;
  }

  boolean hasLed() {
    return hasLed;
  }
}
