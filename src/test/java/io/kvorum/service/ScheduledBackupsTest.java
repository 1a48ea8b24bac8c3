package io.kvorum.service;

import static io.kvorum.service.ServicesUnderTest.voter;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.backup.BackupDirectory;
import io.kvorum.backup.Progress;
import io.kvorum.backup.SnapshotHash;
import io.kvorum.backup.SnapshotStatus;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.support.DurableFiles;
import io.kvorum.testing.MovableClock;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ScheduledBackupsTest {
  private static final long CLUSTER = 0x77;
  private static final long OTHER = 2;
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Instant START = Instant.parse("2026-11-30T13:00:00Z");

  @TempDir private Path directory;

  private final ServicesUnderTest member =
      new ServicesUnderTest(
          ServicesUnderTest.DEFAULT_RULES, voter(ServicesUnderTest.SELF), voter(OTHER));
  private final MovableClock clock = new MovableClock(START);

  /** What happens at each moment in which room on the disk is asked for. */
  private BackupDirectory.Room room = bytes -> {};

  @AfterEach
  void close() throws IOException {
    member.close();
  }

  private ScheduledBackups backups(long memberId, Optional<String> chosen) {
    return new ScheduledBackups(
        new BackupSettings(HOUR, 3, chosen),
        new BackupDirectory(directory, CLUSTER, memberId, bytes -> room.require(bytes)),
        member.services.store(),
        member.consensus,
        member.members,
        "m1",
        clock,
        member.scheduler);
  }

  private ScheduledBackups byLeader() {
    return backups(ServicesUnderTest.SELF, Optional.empty());
  }

  private void put(String key) {
    put(key, 10);
  }

  private void put(String key, int bytes) {
    byte[] value = new byte[bytes];
    new Random(bytes).nextBytes(value);
    member.consensus.propose(
        new Command.Put(Bytes.utf8(key), Bytes.wrap(value), 0, false, false, false));
  }

  private void passHours(long hours) {
    clock.move(HOUR.multipliedBy(hours));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void theLeaderMakesOneEachIntervalAndKeepsTheNewest() throws IOException {
    ScheduledBackups backups = byLeader();
    for (int hour = 0; hour < 5; hour++) {
      put("key");
      backups.tick();
      clock.move(HOUR.minusSeconds(1));
      put("later");
      backups.tick();
      clock.move(Duration.ofSeconds(1));
    }
    assertThat(names())
        .containsExactly(
            "kvorum-77-20261130T150000Z-6.db",
            "kvorum-77-20261130T160000Z-8.db",
            "kvorum-77-20261130T170000Z-10.db");
    for (String name : names()) {
      Path file = directory.resolve(name);
      SnapshotHash.verify(file, Progress.NONE);
      SnapshotStatus status = SnapshotStatus.of(file, Progress.NONE);
      assertThat(name).endsWith("-" + status.revision() + ".db");
    }
    BackupStats stats = backups.stats();
    assertThat(stats.succeeded()).isEqualTo(5);
    assertThat(stats.failed() + stats.abandoned()).isZero();
    assertThat(stats.newest()).isEqualTo(START.plus(HOUR.multipliedBy(4)));
    assertThat(stats.lastBytes()).isEqualTo(Files.size(directory.resolve(names().get(2))));
  }

  @Test
  void aStoreThatHasNotChangedIsBackedUpAllTheSame() throws IOException {
    ScheduledBackups backups = byLeader();
    backups.tick();
    passHours(1);
    backups.tick();
    assertThat(names())
        .containsExactly("kvorum-77-20261130T130000Z-1.db", "kvorum-77-20261130T140000Z-1.db");
  }

  @Test
  void afterARestartTheOneThatIsThereCounts() throws IOException {
    byLeader().tick();
    clock.move(Duration.ofMinutes(59));
    ScheduledBackups restarted = byLeader();
    restarted.tick();
    assertThat(names()).hasSize(1);
    assertThat(restarted.stats().newest()).isEqualTo(START);
    clock.move(Duration.ofMinutes(1));
    restarted.tick();
    assertThat(names()).hasSize(2);
  }

  @Test
  void aFollowerMakesNoneUntilItLeadsAndThenRespectsThoseOfOthers() throws IOException {
    ScheduledBackups ofFormerLeader = backups(OTHER, Optional.empty());
    ScheduledBackups own = byLeader();
    member.leaderId = OTHER;
    own.tick();
    assertThat(names()).isEmpty();
    member.leaderId = ServicesUnderTest.SELF;
    ofFormerLeader.tick();
    clock.move(Duration.ofMinutes(30));
    own.tick();
    assertThat(names()).hasSize(1);
    assertThat(own.stats().newest()).as("seen when it became the leader").isEqualTo(START);
    clock.move(Duration.ofMinutes(30));
    own.tick();
    assertThat(names()).hasSize(2);
  }

  @Test
  void theChosenMemberMakesThemEvenIfAnotherLeads() throws IOException {
    ScheduledBackups chosen = backups(ServicesUnderTest.SELF, Optional.of("m1"));
    ScheduledBackups other = backups(ServicesUnderTest.SELF, Optional.of("m2"));
    other.tick();
    assertThat(names()).isEmpty();
    member.leaderId = OTHER;
    chosen.tick();
    assertThat(names()).hasSize(1);
    passHours(1);
    other.tick();
    assertThat(names()).hasSize(1);
  }

  @Test
  void whatAKilledProcessLeftIsDeletedAtTheStartByAFollowerToo() throws IOException {
    Files.createFile(directory.resolve("kvorum-77-20261130T110000Z-1.db.1.partial"));
    Files.createFile(directory.resolve("kvorum-77-20261130T110000Z-1.db.2.partial"));
    member.leaderId = OTHER;
    byLeader().tick();
    assertThat(names()).containsExactly("kvorum-77-20261130T110000Z-1.db.2.partial");
  }

  @Test
  void aFailureLeavesWhatThereWasAndIsRepeatedAfterAPause() throws IOException {
    ScheduledBackups backups = byLeader();
    backups.tick();
    passHours(1);
    List<String> before = names();
    int[] attempts = new int[1];
    room =
        bytes -> {
          attempts[0]++;
          throw new IOException("No space left on device");
        };
    backups.tick();
    backups.tick();
    clock.move(Duration.ofMinutes(5));
    backups.tick();
    assertThat(attempts[0]).isEqualTo(1);
    clock.move(Duration.ofMinutes(1));
    backups.tick();
    assertThat(attempts[0]).isEqualTo(2);
    assertThat(names()).isEqualTo(before);
    assertThat(backups.stats().failed()).isEqualTo(2);
    assertThat(backups.stats().newest()).as("the age that alerts see").isEqualTo(START);
    room = bytes -> {};
    clock.move(Duration.ofMinutes(6));
    backups.tick();
    assertThat(names()).hasSize(2);
    assertThat(backups.stats().succeeded()).isEqualTo(2);
  }

  @Test
  void withoutAQuorumThereIsNoBackup() throws IOException {
    member.confirmation = CompletableFuture.failedFuture(new RequestException(ErrorCode.NO_LEADER));
    ScheduledBackups backups = byLeader();
    backups.tick();
    assertThat(names()).isEmpty();
    assertThat(backups.stats().failed()).isEqualTo(1);
  }

  @Test
  void aMissingDirectoryIsCreatedAtTheStart() throws IOException {
    DurableFiles.deleteTree(directory);
    byLeader().tick();
    assertThat(names()).hasSize(1);
  }

  @Test
  void aDirectoryThatHasGoneIsAFailure() throws IOException {
    ScheduledBackups backups = byLeader();
    backups.tick();
    passHours(1);
    DurableFiles.deleteTree(directory);
    backups.tick();
    assertThat(backups.stats().failed()).isEqualTo(1);
    assertThat(directory).as("where its disk may be missing").doesNotExist();
    Files.createDirectory(directory);
    clock.move(Duration.ofMinutes(6));
    backups.tick();
    assertThat(names()).hasSize(1);
  }

  @Test
  void aFileThatIsDamagedOnItsWayGetsNoName() throws IOException {
    put("large", 9 << 20);
    onSecondQuestion(
        () -> {
          try (RandomAccessFile file =
              new RandomAccessFile(directory.resolve(names().get(0)).toFile(), "rw")) {
            file.seek(1 << 20);
            file.write("damage".getBytes());
          }
        });
    ScheduledBackups backups = byLeader();
    backups.tick();
    assertThat(names()).isEmpty();
    assertThat(backups.stats().failed()).isEqualTo(1);
  }

  @Test
  void aLeaderThatLosesLeadershipMeanwhileGivesUp() throws IOException {
    put("large", 9 << 20);
    onSecondQuestion(
        () -> {
          assertThat(names()).hasSize(1);
          member.leaderId = OTHER;
        });
    ScheduledBackups backups = byLeader();
    backups.tick();
    assertThat(names()).isEmpty();
    assertThat(backups.stats().abandoned()).isEqualTo(1);
    assertThat(backups.stats().failed()).isZero();
    room = bytes -> {};
    member.leaderId = ServicesUnderTest.SELF;
    backups.tick();
    assertThat(names()).hasSize(1);
  }

  @Test
  void aMemberThatStopsGivesUp() throws IOException {
    put("large", 9 << 20);
    ScheduledBackups backups = byLeader();
    onSecondQuestion(backups::stop);
    backups.tick();
    assertThat(names()).isEmpty();
    assertThat(backups.stats().abandoned()).isEqualTo(1);
    backups.tick();
    assertThat(names()).isEmpty();
  }

  @Test
  void anAttemptWithoutProgressReleasesTheStore() throws IOException {
    put("large", 9 << 20);
    ScheduledBackups backups = byLeader();
    onSecondQuestion(
        () -> {
          member.passSeconds(ScheduledBackups.STUCK_AFTER.toSeconds() / 2);
          assertThat(backups.stats().failed()).isZero();
          member.passSeconds(ScheduledBackups.STUCK_AFTER.toSeconds());
          assertThat(backups.stats().failed()).as("while its disk does not answer").isEqualTo(1);
        });
    backups.tick();
    assertThat(names()).isEmpty();
    assertThat(backups.stats().failed()).isEqualTo(1);
    room = bytes -> {};
    backups.tick();
    assertThat(names()).isEmpty();
    clock.move(Duration.ofMinutes(6));
    backups.tick();
    assertThat(names()).hasSize(1);
  }

  @Test
  void backupsOfAClockThatWasWrongStopNothing() throws IOException {
    clock.move(Duration.ofDays(10_000));
    byLeader().tick();
    clock.move(Duration.ofDays(-10_000));
    ScheduledBackups backups = byLeader();
    for (int hour = 0; hour < 5; hour++) {
      backups.tick();
      passHours(1);
    }
    assertThat(names()).hasSize(4).contains("kvorum-77-20261130T170000Z-1.db");
  }

  /** What happens when there are 8 MiB of the file. */
  private interface Step {
    void run() throws IOException;
  }

  private void onSecondQuestion(Step step) {
    int[] questions = new int[1];
    room =
        bytes -> {
          if (++questions[0] == 2) {
            step.run();
          }
        };
  }
}
