package io.kvorum.mvcc;

import io.kvorum.model.Bytes;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.history.RevisionHistory;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * Reads a consistent copy of the durable store, page by page, to send it to a member that lacks it.
 * No page is rewritten while it is open, so compaction frees no space.
 *
 * <p>Confined to one thread at a time, except {@link #close}, which any thread may call.
 */
public interface StoreSnapshot extends AutoCloseable {

  /**
   * Describes the store as of this snapshot.
   *
   * @param index the log index up to which everything is contained
   * @param facts all of them, the store's own included, and one that tells whether the compaction
   *     is complete; they travel unchanged
   * @param bytes an estimate of what the pages hold, to show progress
   */
  record Header(
      long index,
      long term,
      long revision,
      long compactedRevision,
      Map<String, Bytes> facts,
      long bytes) {

    /** Whether nothing is left that the last compaction is to drop. */
    public boolean isSettled() {
      return Facts.is(facts, Facts.COMPACTION_SETTLED, compactedRevision);
    }
  }

  /** Receives what is known of a page without reading it. */
  interface PageVisitor {
    /**
     * @param recordBytes what its changes take as {@linkplain io.kvorum.mvcc.history.EtcdRecord
     *     etcd's records}
     */
    void visit(Revision first, int changes, int recordBytes);
  }

  Header header();

  /**
   * Visits the pages in order, without reading them.
   *
   * @throws IOException if the snapshot was closed meanwhile
   */
  void visitPages(PageVisitor visitor) throws IOException;

  /**
   * Pages in order, none beyond the revision of the header: about {@code maxBytes} of them, at
   * least one, and none at the end.
   *
   * @param after at first the last change that the receiver has, as {@link SnapshotStaging#begin}
   *     said, or (0, 0): the pages begin with the one that may hold the change after it, and so may
   *     repeat what the receiver has, but leave nothing out. From then on the first revision of the
   *     last page that this gave: the pages that follow it.
   * @throws IOException if one cannot be read, or the snapshot was closed, or the store was
   *     replaced meanwhile
   */
  List<RevisionHistory.Page> pagesAfter(Revision after, long maxBytes) throws IOException;

  @Override
  void close();
}
