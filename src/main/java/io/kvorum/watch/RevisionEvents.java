package io.kvorum.watch;

import java.util.List;

/** All events of one revision, in order. */
record RevisionEvents(long revision, List<WatchEvent> events, long bytes) {}
