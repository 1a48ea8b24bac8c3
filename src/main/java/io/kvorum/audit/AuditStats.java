package io.kvorum.audit;

/** Counts of lines since the start: those that were written, and those that were dropped. */
public record AuditStats(long written, long dropped) {}
