package io.kvorum.mvcc;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.history.PagePacker;
import io.kvorum.mvcc.history.RevisionHistory;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Fills a staged store with changes that come from elsewhere than a member, one by one and in
 * order, as if they had come as its snapshot. It holds one batch of pages. Confined to one thread.
 */
public final class StagedChanges implements AutoCloseable {
  private static final int BATCH_BYTES = 4 << 20;

  private final HistoryStaging staging;
  private PagePacker packer = new PagePacker();
  private long bytes;

  private StagedChanges(HistoryStaging staging) {
    this.staging = staging;
  }

  /**
   * Begins a store in a history that nobody else uses; what is in it is dropped.
   *
   * @param header of the store as it will be
   * @param lastChange the revision of the last change, 0 if there is none: that of the header,
   *     unless changes of the compact revision were dropped
   */
  public static StagedChanges begin(
      RevisionHistory history, StoreSettings settings, StoreSnapshot.Header header, long lastChange)
      throws IOException {
    HistoryStaging staging = new HistoryStaging(history, settings);
    boolean hasBegun = false;
    try {
      // No resumption: the header has no fact that its compaction is settled.
      Revision unused = staging.begin(endingWith(header, lastChange));
      hasBegun = true;
      return new StagedChanges(staging);
    } finally {
      if (!hasBegun) {
        staging.close();
      }
    }
  }

  private static StoreSnapshot.Header endingWith(StoreSnapshot.Header header, long lastChange)
      throws IOException {
    if (lastChange == Facts.lastChange(header.facts(), header.revision())) {
      return header;
    }
    Map<String, Bytes> facts = new TreeMap<>(header.facts());
    facts.put(Facts.LAST_CHANGE, Facts.lastChangeOf(header.revision(), lastChange));
    return new StoreSnapshot.Header(
        header.index(),
        header.term(),
        header.revision(),
        header.compactedRevision(),
        facts,
        header.bytes());
  }

  /**
   * @throws IOException if it does not follow the changes before it, or cannot be written
   */
  public void add(Change change) throws IOException {
    packer.add(change);
    bytes += change.kv().key().length() + change.kv().value().length();
    if (bytes >= BATCH_BYTES) {
      write();
    }
  }

  /**
   * Makes the store whole and durable.
   *
   * @throws IOException also if changes are missing
   */
  public void complete() throws IOException {
    write();
    staging.complete();
  }

  /**
   * Makes the store whole and durable with another end than it began with: how far changes would
   * come was not known then.
   *
   * @param header of the same compact revision
   * @param lastChange as in {@link #begin}
   */
  public void complete(StoreSnapshot.Header header, long lastChange) throws IOException {
    write();
    staging.endWith(endingWith(header, lastChange));
    staging.complete();
  }

  /** Closes the history. */
  @Override
  public void close() throws IOException {
    staging.close();
  }

  private void write() throws IOException {
    packer.finish();
    List<RevisionHistory.Page> pages = packer.pages();
    if (!pages.isEmpty()) {
      staging.add(pages);
    }
    packer = new PagePacker();
    bytes = 0;
  }
}
