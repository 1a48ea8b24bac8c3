package io.kvorum.audit;

import java.time.Duration;

/**
 * Limits the files of the audit log. Immutable.
 *
 * @param maxBytes of the current one
 * @param maxBackups of old ones; 0 for any number
 * @param maxAge of old ones; zero for any
 */
public record Rotation(long maxBytes, int maxBackups, Duration maxAge) {}
