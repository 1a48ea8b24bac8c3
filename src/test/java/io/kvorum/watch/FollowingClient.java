package io.kvorum.watch;

import io.kvorum.model.KeyRange;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Watches one range through changing members: where one connection ended, the next continues. Sees
 * each event of its range once, in order, and misses none but those that were compacted before it
 * could see them. Confined to one thread.
 */
public final class FollowingClient {
  private final RecordedEvents history;
  private final KeyRange range;
  private final boolean wantsPrevKv;
  private @Nullable CheckingClient connection;
  private boolean isAsked;

  /** 0 until the first connection. */
  private long next;

  private long events;
  private long compactions;

  /**
   * @param history what really happened
   */
  public FollowingClient(RecordedEvents history, KeyRange range, boolean wantsPrevKv) {
    this.history = history;
    this.range = range;
    this.wantsPrevKv = wantsPrevKv;
  }

  public boolean isConnected() {
    return connection != null;
  }

  public void connect(SimulatedHub member) {
    connection = new CheckingClient(member.hub(), history);
    isAsked = false;
    watch();
  }

  private void watch() {
    connection.create(new WatchSpec(0, range, next, wantsPrevKv, true, false, false, false));
    isAsked = true;
  }

  /** The member or the connection has ended: unread messages are lost. */
  public void disconnect() {
    CheckingClient ended = connection;
    if (ended != null) {
      remember();
      events += ended.eventCount();
      compactions += ended.compactionCancels();
      connection = null;
    }
  }

  /**
   * Takes up to so many messages.
   *
   * @return false if there were none
   */
  public boolean read(int most) {
    CheckingClient reading = connection;
    if (reading == null) {
      return false;
    }
    int read = reading.read(most);
    remember();
    if (!isAsked) {
      watch();
    }
    return read > 0;
  }

  public void requestProgress() {
    if (connection != null) {
      connection.requestProgress();
    }
  }

  private void remember() {
    List<Long> open = connection.openIds();
    if (!open.isEmpty()) {
      next = connection.nextOf(open.get(0));
    } else if (connection.lastCompactRevision() > next) {
      next = connection.lastCompactRevision();
      isAsked = false;
    }
  }

  /** Nothing that happened up to the revision may still be missing. */
  public void expectComplete(long revision) {
    if (connection == null) {
      throw new AssertionError("a watcher found no member to go on with");
    }
    connection.expectComplete(revision);
  }

  public long events() {
    return events + (connection == null ? 0 : connection.eventCount());
  }

  /** How often it had to skip what was compacted. */
  public long compactions() {
    return compactions + (connection == null ? 0 : connection.compactionCancels());
  }
}
