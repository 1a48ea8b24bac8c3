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
   * @param found how many of its changes nothing needs any more
   * @param dead how many of those stay all the same
   * @param isCountExact whether {@code dead} counts what has been noted as dropped, and no more
   */
  record Kept(List<Change> changes, int bytes, int found, int dead, boolean isCountExact) {}

  private final PageCompaction.Index index;
  private final long tombstonesFrom;
  private final boolean drops;
  private final List<RevisionHistory.Page> pages = new ArrayList<>();
  private final List<StoredPage> entries = new ArrayList<>();

  private List<Change> content = new ArrayList<>();
  private int contentBytes;
  private int contentDead;
  private boolean isContentCountExact = true;

  /**
   * @param tombstonesFrom the revision from which on tombstones stay
   * @param drops false to keep everything
   */
  PageJoiner(PageCompaction.Index index, long tombstonesFrom, boolean drops) {
    this.index = index;
    this.tombstonesFrom = tombstonesFrom;
    this.drops = drops;
  }

  /**
   * @param all that the page holds
   */
  Kept keep(StoredPage page, List<Change> all) {
    if (!drops) {
      int bytes = all.stream().mapToInt(PageCodec::encodedBytes).sum();
      return new Kept(all, bytes, page.dead(), page.dead(), page.isCountExact());
    }
    List<Change> kept = new ArrayList<>(all.size());
    int bytes = 0;
    int found = 0;
    int dead = 0;
    for (Change change : all) {
      boolean living = isLiving(change);
      found += living ? 0 : 1;
      if (living || mustStay(change.kv())) {
        kept.add(change);
        bytes += PageCodec.encodedBytes(change);
        dead += living ? 0 : 1;
      }
    }
    return new Kept(kept, bytes, found, dead, page.isCountExact() && found == page.dead());
  }

  /** Adds what stays of the next page; begins another joined page if this one would be too long. */
  void add(Kept kept) {
    if (contentBytes + kept.bytes() > MAX_BYTES) {
      emit();
    }
    content.addAll(kept.changes());
    contentBytes += kept.bytes();
    contentDead += kept.dead();
    isContentCountExact &= kept.isCountExact();
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
        new StoredPage(
            content, data.length, EtcdRecord.bytes(content), contentDead, isContentCountExact));
    content = new ArrayList<>();
    contentBytes = 0;
    contentDead = 0;
    isContentCountExact = true;
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
