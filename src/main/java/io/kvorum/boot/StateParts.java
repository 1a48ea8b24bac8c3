package io.kvorum.boot;

import io.kvorum.apply.Applier;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.lease.Lessor;
import io.kvorum.membership.MemberView;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.Result;
import io.kvorum.mvcc.CompactionHashes;
import io.kvorum.mvcc.FreshHistory;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.mvcc.history.RevisionHistory;
import io.kvorum.ops.ApplyMeter;
import io.kvorum.ops.MeteredHistory;
import io.kvorum.ops.MeteredLog;
import io.kvorum.ops.Timings;
import io.kvorum.service.AuthParts;
import io.kvorum.watch.WatchHub;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * Wires what every member has alike: the store, the events of its changes, and the applier, which
 * alone changes it; beside them the clocks of the leases and the check of passwords and tokens. It
 * reads and writes the databases, and knows of no other member and no client.
 *
 * <p>The log is opened here, since it is metered as the history is, but written by consensus alone.
 *
 * <p>Held by: WholeMemberTest.
 */
final class StateParts {
  private final Databases databases;
  private final Function<Path, RevisionHistory> histories;
  private final Timings timings = new Timings();
  private final Workers storeReaders = new Workers("kvorum-store-reader", 2);
  private final MvccStore store;
  private final WatchHub hub;
  private final AuthParts auth;
  private final ApplyMeter applyMeter;
  private final Applier applier;
  private final Lessor lessor;

  StateParts(Groundwork ground) {
    MemberConfig config = ground.config();
    databases = ground.databases();
    histories = directory -> new MeteredHistory(ground.databases().history(directory), timings);
    store =
        new MvccStore(
            histories.apply(databases.histories().current()),
            ground.settings().store(),
            config.corruptionChecks().ofCompactions()
                ? CompactionHashes.computedBy(storeReaders)
                : CompactionHashes.off(),
            ground.onFailure());
    hub =
        new WatchHub(
            store,
            config.watchProgressInterval(),
            ground.settings().watchMemory(),
            new Random(),
            ground.onFailure());
    auth = AuthStart.parts(config);
    applyMeter =
        new ApplyMeter(
            config.observing().slowApply(),
            Groundwork.warningsOf(ApplyMeter.class),
            System::nanoTime);
    applier = new Applier(store, hub::publish, auth.tokens().listener(), applyMeter);
    lessor = new Lessor(applier.view().leases(), System::nanoTime);
  }

  /**
   * Recovers the state from disk, as of the last entry that is in the history.
   *
   * @param founders the members of a store that is new
   * @throws IOException if the history cannot be used
   */
  void recover(List<ClusterMember> founders) throws IOException {
    applier.open(store.open());
    applier.foundIfNew(founders);
  }

  /**
   * Lets watchers and the clocks of the leases run.
   *
   * @param proposals what the clocks propose
   */
  void start(Function<Command, CompletableFuture<Result>> proposals) {
    hub.start();
    lessor.start(proposals);
  }

  /** Stops reading and watching; the store stays open for the entries that are still applied. */
  void stop() {
    storeReaders.close();
    hub.close();
  }

  void closeStore() throws IOException {
    store.close();
  }

  /** The log, for consensus to open. */
  WriteAheadLog log() {
    return new MeteredLog(databases.log(), timings);
  }

  /** Replaces the state by a snapshot of another member. */
  SnapshotInstall installation() {
    return new SnapshotInstall(databases.histories(), histories, store, applier, hub);
  }

  /** Where the store may move to. */
  FreshHistory freshHistory() {
    return new DefragmentedHistory(databases.histories(), histories);
  }

  Applier applier() {
    return applier;
  }

  MvccStore store() {
    return store;
  }

  WatchHub hub() {
    return hub;
  }

  AuthParts auth() {
    return auth;
  }

  MemberView members() {
    return applier.view().members();
  }

  Lessor lessor() {
    return lessor;
  }

  Executor storeReaders() {
    return storeReaders;
  }

  Timings timings() {
    return timings;
  }

  ApplyMeter applyMeter() {
    return applyMeter;
  }
}
