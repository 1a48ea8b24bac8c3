package io.kvorum.boot.config;

import java.time.Duration;

/**
 * The history that auto-compaction keeps. Immutable.
 *
 * <p>Held by: MemberConfigTest.
 *
 * @param mode what the retention counts
 * @param period how long to keep a revision, in periodic mode; zero in revision mode
 * @param revisions how many to keep, in revision mode; zero in periodic mode
 */
public record AutoCompaction(Mode mode, Duration period, long revisions) {
  /** Whether revisions expire by age or by number. */
  public enum Mode {
    PERIODIC,
    REVISION
  }

  /** Whether only clients compact. */
  public boolean isOff() {
    return period.isZero() && revisions == 0;
  }

  static AutoCompaction from(Settings settings) {
    String mode = settings.text("auto-compaction-mode");
    return switch (mode) {
      case "periodic" -> new AutoCompaction(Mode.PERIODIC, period(settings), 0);
      case "revision" -> new AutoCompaction(Mode.REVISION, Duration.ZERO, revisions(settings));
      default -> throw settings.refusal("auto-compaction-mode", "must be periodic or revision");
    };
  }

  /** A number without a unit counts hours. */
  private static Duration period(Settings settings) {
    String retention = settings.text("auto-compaction-retention");
    try {
      Duration period =
          retention.matches("\\d{1,6}")
              ? Duration.ofHours(Long.parseLong(retention))
              : GoDuration.parse(retention);
      if (period.isNegative()) {
        throw new IllegalArgumentException("must not be negative");
      }
      return period;
    } catch (IllegalArgumentException wrong) {
      throw settings.refusal("auto-compaction-retention", wrong.getMessage());
    }
  }

  private static long revisions(Settings settings) {
    try {
      return FlagKind.parseUnsigned(settings.text("auto-compaction-retention"));
    } catch (IllegalArgumentException wrong) {
      throw settings.refusal(
          "auto-compaction-retention", "must be a number of revisions in revision mode");
    }
  }
}
