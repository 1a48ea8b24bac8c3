package io.kvorum.boot;

import io.kvorum.backup.BackupDirectory;
import io.kvorum.backup.DiskReserve;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.model.MemberUrl;
import io.kvorum.ops.LeaderWait;
import io.kvorum.service.AttributePublisher;
import io.kvorum.service.AutoDefragmentation;
import io.kvorum.service.BackupSettings;
import io.kvorum.service.ScheduledBackups;
import io.kvorum.service.Scheduler;
import io.kvorum.service.Services;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/**
 * Wires what a member does unasked, each on a thread for that: periodic tasks, scheduled backups,
 * and the rotation of keys. No client reaches it.
 *
 * <p>Held by: WholeMemberTest, EncryptionAtRestIT, BackupKilledIT.
 */
final class BackgroundParts {
  private final KeyRotation keyRotation;
  private final Optional<ScheduledBackups> scheduledBackups;
  private final Optional<BackupThread> backups;
  private final Housekeeping housekeeping;

  BackgroundParts(Groundwork ground, StateParts state, ClusterParts cluster, Services services) {
    keyRotation = new KeyRotation(ground.databases(), services.store()::defragment);
    scheduledBackups =
        ground
            .settings()
            .backups()
            .map(schedule -> scheduled(schedule, ground, state, cluster, services));
    backups = scheduledBackups.map(BackupThread::new);
    housekeeping = housekeeping(ground, state, cluster, services);
  }

  private static ScheduledBackups scheduled(
      BackupSettings schedule,
      Groundwork ground,
      StateParts state,
      ClusterParts cluster,
      Services services) {
    MemberConfig config = ground.config();
    Path directory = config.backups().orElseThrow().directory();
    return new ScheduledBackups(
        schedule,
        new BackupDirectory(
            directory,
            ground.identity().clusterId(),
            ground.memberId(),
            new DiskReserve(directory, List.of(config.dataDirectory(), config.walDirectory())),
            ground.databases().sealing()::keys),
        services.store(),
        cluster.consensus(),
        state.members(),
        config.name(),
        Clock.systemUTC(),
        Scheduler.real());
  }

  private static Housekeeping housekeeping(
      Groundwork ground, StateParts state, ClusterParts cluster, Services services) {
    MemberConfig config = ground.config();
    return new Housekeeping(
        state.lessor(),
        cluster.consensus(),
        state.store(),
        new AttributePublisher(
            ground.memberId(),
            config.name(),
            MemberUrl.texts(config.listeners().advertisedClient()),
            state.members(),
            cluster.consensus()),
        new LeaderWait(
            ground.memberId(),
            config.listeners().client().toString(),
            state.members(),
            cluster.transport()::isConnectedFor,
            cluster::hasLeader,
            System::nanoTime),
        ground.settings().requestTimeout(),
        ground.settings().autoCompaction(),
        new AutoDefragmentation(
            state.members(), ground.memberId(), config.autoDefragFreeRatio(), Clock.systemUTC()),
        services.store()::defragment,
        services.corruptionChecks(),
        config.corruptionChecks());
  }

  /**
   * @param onDurable run once, when log and store are durable
   */
  void start(Housekeeping.Completion onDurable) {
    housekeeping.start(onDurable);
    backups.ifPresent(BackupThread::start);
    keyRotation.start();
  }

  /** Ends what reads the whole store, before leadership is transferred. */
  void stopCopying() {
    backups.ifPresent(BackupThread::close);
    keyRotation.close();
  }

  void closeHousekeeping() {
    housekeeping.close();
  }

  Optional<ScheduledBackups> scheduledBackups() {
    return scheduledBackups;
  }

  KeyRotation keyRotation() {
    return keyRotation;
  }
}
