package io.kvorum.mvcc.history;

import io.kvorum.model.Change;
import io.kvorum.model.KeyValue;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.history.PageDirectory.StoredPage;
import java.util.ArrayList;
import java.util.List;

/**
 * Joins pages, each as a whole, without the changes that a compaction has dropped; see {@link
 * PageDirectory} for why they stay whole. Confined to the history thread.
 *
 * <p>A tombstone is dropped only below the given revision, even if the index does not contain it:
 * what it deleted may still be in an earlier page.
 *
 * <p>Held by: PageCompactionTest, DefragmentationTest.
 */
final class PageJoiner {
  private static final int MAX_BYTES = PageCompaction.PAGE_BYTES * 5 / 4;

  /**
   * What stays of a page.
   *
   * @param dead how many of the changes stay although nothing needs them any more
   */
  record Kept(List<Change> changes, int bytes, int dead) {}

  private final PageCompaction.Index index;
  private final long tombstonesFrom;
  private final boolean drops;
  private final List<RevisionHistory.Page> pages = new ArrayList<>();
  private final List<StoredPage> entries = new ArrayList<>();

  private List<Change> content = new ArrayList<>();
  private int contentBytes;
  private int contentDead;

  /**
   * @param tombstonesFrom the revision from which on tombstones stay
   * @param drops false to keep everything
   */
  PageJoiner(PageCompaction.Index index, long tombstonesFrom, boolean drops) {
    this.index = index;
    this.tombstonesFrom = tombstonesFrom;
    this.drops = drops;
  }

  Kept keep(List<Change> all) {
    List<Change> kept = new ArrayList<>(all.size());
    int bytes = 0;
    int dead = 0;
    for (Change change : all) {
      boolean living = isLiving(change);
      if (living || !drops || mustStay(change.kv())) {
        kept.add(change);
        bytes += PageCodec.encodedBytes(change);
        dead += living ? 0 : 1;
      }
    }
    return new Kept(kept, bytes, dead);
  }

  /** Adds what stays of the next page; begins another joined page if this one would be too long. */
  void add(Kept kept) {
    if (contentBytes + kept.bytes() > MAX_BYTES) {
      emit();
    }
    content.addAll(kept.changes());
    contentBytes += kept.bytes();
    contentDead += kept.dead();
  }

  /** Ends the joined page. */
  void emit() {
    if (content.isEmpty()) {
      return;
    }
    Revision first = content.get(0).revision();
    byte[] data = PageCodec.encode(content);
    pages.add(new RevisionHistory.Page(first, data));
    entries.add(
        new StoredPage(first, content.size(), data.length, EtcdRecord.bytes(content), contentDead));
    content = new ArrayList<>();
    contentBytes = 0;
    contentDead = 0;
  }

  List<RevisionHistory.Page> pages() {
    return pages;
  }

  /** The same pages as the directory knows them. */
  List<StoredPage> entries() {
    return entries;
  }

  private boolean isLiving(Change change) {
    return index.contains(change.kv().key(), change.kv().modRevision(), change.sub());
  }

  private boolean mustStay(KeyValue kv) {
    return kv.isTombstone() && kv.modRevision() >= tombstonesFrom;
  }
}
