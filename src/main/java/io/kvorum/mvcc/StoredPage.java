package io.kvorum.mvcc;

import io.kvorum.model.Revision;

/**
 * What the directory knows of a page in the history. Its identity is that of the page's content: a
 * page that is written anew is another object, even under the same first revision.
 */
final class StoredPage {
  private final Revision first;
  private final int changes;
  private final int bytes;

  /** How many of the changes compaction wants to drop; the history thread's alone. */
  private int dead;

  StoredPage(Revision first, int changes, int bytes) {
    this.first = first;
    this.changes = changes;
    this.bytes = bytes;
  }

  Revision first() {
    return first;
  }

  int bytes() {
    return bytes;
  }

  int dead() {
    return dead;
  }

  void addDead(int count) {
    dead += count;
  }

  /** What would be left of it without its dead changes, if all were of one size. */
  int estimatedLiveBytes() {
    long live = Math.max(0, changes - dead);
    return changes == 0 ? 0 : (int) (bytes * live / changes);
  }
}
