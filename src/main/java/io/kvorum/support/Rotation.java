package io.kvorum.support;

import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * Says when a {@link RotatedFile} begins another file, and which old ones it keeps. Immutable.
 *
 * @param maxBytes of the current one
 * @param maxBackups of old ones; 0 for any number
 * @param maxAge of old ones; zero for any
 * @param zone of the time in the names of old ones
 * @param isCompressed whether old ones are compressed, by gzip
 */
public record Rotation(
    long maxBytes, int maxBackups, Duration maxAge, ZoneId zone, boolean isCompressed) {
  /** Names in UTC, and no compression. */
  public Rotation(long maxBytes, int maxBackups, Duration maxAge) {
    this(maxBytes, maxBackups, maxAge, ZoneOffset.UTC, false);
  }

  /** One file, whatever its size. */
  public static Rotation none() {
    return new Rotation(Long.MAX_VALUE, 0, Duration.ZERO);
  }

  /** Whether there is ever another file. */
  public boolean isOn() {
    return maxBytes < Long.MAX_VALUE;
  }
}
