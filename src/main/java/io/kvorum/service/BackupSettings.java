package io.kvorum.service;

import java.time.Duration;
import java.util.Optional;

/**
 * How often backups are made, by whom, and how many are kept. Immutable.
 *
 * @param member the name of the member that makes them; empty for the leader
 */
public record BackupSettings(Duration interval, int keep, Optional<String> member) {}
