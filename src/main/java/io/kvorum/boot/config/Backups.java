package io.kvorum.boot.config;

import io.kvorum.support.DurableFiles;
import io.kvorum.support.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The backups that a cluster makes on a schedule. Immutable.
 *
 * @param interval between two of them
 * @param directory absolute; outside of the directories of the member
 * @param keep how many
 * @param member the name of the member that makes them; empty for the leader
 */
public record Backups(Duration interval, Path directory, int keep, Optional<String> member) {
  private static final String INTERVAL = "backup-interval";
  private static final String DIRECTORY = "backup-dir";
  private static final String KEEP = "backup-keep";
  private static final String MEMBER = "backup-member";
  private static final String LEADER = "leader";
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  /**
   * Empty if there are to be none.
   *
   * @param dataDirectory absolute, as is {@code walDirectory}
   */
  static Optional<Backups> from(Settings settings, Path dataDirectory, Path walDirectory) {
    int keep = settings.intNumber(KEEP, 1);
    Duration interval = interval(settings);
    String member = settings.text(MEMBER);
    if (member.isBlank()) {
      throw settings.refusal(MEMBER, "must be leader, or the name of a member");
    }
    Optional<Path> directory = directory(settings, dataDirectory, walDirectory);
    if (interval.isZero()) {
      return Optional.empty();
    }
    return Optional.of(
        new Backups(
            interval,
            directory.orElseThrow(() -> settings.refusal(INTERVAL, "needs --" + DIRECTORY)),
            keep,
            Optional.of(member).filter(name -> !name.equals(LEADER))));
  }

  /** Without it the others have no effect: to set them alone is a mistake. */
  private static Duration interval(Settings settings) {
    for (String other : new String[] {DIRECTORY, KEEP, MEMBER}) {
      if (settings.isSet(other) && !settings.isSet(INTERVAL)) {
        throw settings.refusal(other, "needs --" + INTERVAL);
      }
    }
    Duration interval = settings.duration(INTERVAL);
    if (!interval.isZero() && interval.compareTo(SHORTEST) < 0) {
      throw settings.refusal(INTERVAL, "must be at least 1s, or 0 for no backups");
    }
    return interval;
  }

  private static Optional<Path> directory(
      Settings settings, Path dataDirectory, Path walDirectory) {
    if (!settings.isSet(DIRECTORY)) {
      return Optional.empty();
    }
    try {
      Path directory = Path.of(settings.text(DIRECTORY)).toAbsolutePath().normalize();
      refuseInside(directory, directory, dataDirectory, walDirectory);
      return Optional.of(directory);
    } catch (InvalidPathException notAPath) {
      throw settings.refusal(DIRECTORY, notAPath.getReason());
    }
  }

  /**
   * A restore begins with deleting those directories.
   *
   * @param actual what the directory is, if it is a link
   */
  private static void refuseInside(
      Path directory, Path actual, Path dataDirectory, Path walDirectory) {
    if (actual.startsWith(dataDirectory) || actual.startsWith(walDirectory)) {
      throw refusal(
          directory,
          "must be outside of the directories of the member, which are deleted before a restore");
    }
  }

  /**
   * Creates the directory if it is missing. That its disk is full is no reason to refuse it.
   *
   * @throws ConfigurationException with one line, if it cannot be used
   */
  void prepare(Path dataDirectory, Path walDirectory) {
    try {
      if (!Files.exists(directory)) {
        DurableFiles.createPrivateDirectories(directory);
      }
      if (!Files.isDirectory(directory)) {
        throw refusal(directory, "not a directory");
      }
      if (!Files.isReadable(directory) || !Files.isWritable(directory)) {
        throw refusal(directory, "this process may not write there");
      }
      refuseInside(directory, directory.toRealPath(), real(dataDirectory), real(walDirectory));
    } catch (IOException cannotUse) {
      throw refusal(directory, Reason.of(cannotUse));
    }
  }

  private static Path real(Path path) throws IOException {
    return Files.exists(path) ? path.toRealPath() : path;
  }

  private static ConfigurationException refusal(Path directory, String reason) {
    return Flags.get(DIRECTORY).refusal(directory.toString(), reason);
  }
}
