package io.kvorum.watch;

import io.kvorum.model.ErrorCode;
import java.util.List;

/** A message from a watch stream to its client. {@code revision} goes into the header. */
public sealed interface WatchMessage {
  /** The watch id of an answer that belongs to no watcher. */
  long NO_WATCHER = -1;

  long watchId();

  long revision();

  record Created(long watchId, long revision) implements WatchMessage {}

  /**
   * The creation was refused: sent as created and canceled at once, with watch id {@link
   * #NO_WATCHER} and the text of the error.
   */
  record Refused(long watchId, long revision, ErrorCode reason) implements WatchMessage {}

  /**
   * @param compactRevision set if the watcher needs a revision that was compacted; the header
   *     revision is 0 then
   */
  record Canceled(long watchId, long revision, long compactRevision) implements WatchMessage {}

  /**
   * The events of one or more whole revisions.
   *
   * @param mayFragment true if the client accepts the events of one message in parts
   */
  record Events(
      long watchId,
      long revision,
      List<WatchEvent> events,
      boolean wantsPrevKv,
      boolean mayFragment)
      implements WatchMessage {}

  /** All events up to the revision have been sent to this watcher, or to all of the stream. */
  record Progress(long watchId, long revision) implements WatchMessage {}
}
