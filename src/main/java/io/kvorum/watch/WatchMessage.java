package io.kvorum.watch;

import java.util.List;

/** What a watch stream tells its client, in this order. {@code revision} goes into the header. */
public sealed interface WatchMessage {
  /** The watch id of an answer that belongs to no watcher. */
  long NO_WATCHER = -1;

  long watchId();

  long revision();

  record Created(long watchId, long revision) implements WatchMessage {}

  /**
   * The creation failed: sent as created and canceled at once, with watch id {@link #NO_WATCHER}.
   */
  record Refused(long watchId, long revision, String reason) implements WatchMessage {}

  /**
   * @param compactRevision set if the watcher needs a revision that was compacted; the header
   *     revision is 0 then and the reason is empty
   */
  record Canceled(long watchId, long revision, long compactRevision, String reason)
      implements WatchMessage {}

  /**
   * The events of one or more whole revisions.
   *
   * @param mayFragment true if the client takes the events of one message in parts
   */
  record Events(
      long watchId,
      long revision,
      List<WatchEvent> events,
      boolean wantsPrevKv,
      boolean mayFragment)
      implements WatchMessage {}

  /** Nothing that this watcher (or any, for {@link #NO_WATCHER}) asked for happened up to here. */
  record Progress(long watchId, long revision) implements WatchMessage {}
}
