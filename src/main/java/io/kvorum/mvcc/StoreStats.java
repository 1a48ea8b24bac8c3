package io.kvorum.mvcc;

/** Figures of the store, taken at one moment. Counters run from the start of the process. */
public record StoreStats(
    long revision,
    long compactedRevision,
    long keys,
    long puts,
    long deletes,
    long ranges,
    long txns,
    long events,
    long compactedKeys,
    long allocatedBytes,
    long usedBytes,
    long unwrittenBytes,
    long historyCommits,
    long historyCommitNanos) {}
