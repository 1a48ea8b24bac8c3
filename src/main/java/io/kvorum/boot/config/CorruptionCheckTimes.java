package io.kvorum.boot.config;

import io.kvorum.boot.config.FeatureGates.Gate;
import java.time.Duration;

/**
 * When the stores of the members are compared with each other. Immutable.
 *
 * <p>Held by: MemberConfigTest.
 *
 * @param atStart whether a member compares its store before it takes part
 * @param interval between two comparisons of whole stores; zero for none
 * @param ofCompactions whether hashes are computed and compared at compactions
 * @param compactionInterval between two comparisons of those hashes
 */
public record CorruptionCheckTimes(
    boolean atStart, Duration interval, boolean ofCompactions, Duration compactionInterval) {

  static CorruptionCheckTimes from(Settings settings) {
    FeatureGates gates = FeatureGates.from(settings);
    Duration interval = settings.duration("corrupt-check-time");
    if (interval.isNegative()) {
      throw settings.refusal("corrupt-check-time", "must not be negative");
    }
    Duration compactionInterval = settings.duration("compact-hash-check-time");
    if (compactionInterval.isNegative() || compactionInterval.isZero()) {
      throw settings.refusal("compact-hash-check-time", "must be >0");
    }
    return new CorruptionCheckTimes(
        gates.isOn(Gate.INITIAL_CORRUPT_CHECK),
        interval,
        gates.isOn(Gate.COMPACT_HASH_CHECK),
        compactionInterval);
  }
}
