package io.kvorum.watch;

import io.kvorum.model.KeyRange;

/**
 * Describes a watch that a client requests.
 *
 * @param watchId the id that the client chose; 0 lets the stream choose one
 * @param startRevision the first revision of interest; 0 for the next one
 */
public record WatchSpec(
    long watchId,
    KeyRange range,
    long startRevision,
    boolean wantsPrevKv,
    boolean wantsProgress,
    boolean skipsPuts,
    boolean skipsDeletes,
    boolean mayFragment) {}
