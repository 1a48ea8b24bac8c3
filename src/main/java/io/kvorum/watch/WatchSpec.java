package io.kvorum.watch;

import io.kvorum.model.KeyRange;

/**
 * What a client asks to watch.
 *
 * @param watchId the id the client chose; 0 lets the stream choose one
 * @param startRevision the first revision of interest; 0 for what comes after now
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
