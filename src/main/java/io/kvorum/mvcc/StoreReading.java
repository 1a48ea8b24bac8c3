package io.kvorum.mvcc;

import io.kvorum.model.Bytes;
import io.kvorum.model.Revision;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * A consistent reading of the durable store, page by page, for a member that lacks it. As long as
 * it is open no page is rewritten, so that compaction gives no space back.
 *
 * <p>Used by one thread at a time; {@link #close} by any.
 */
public interface StoreReading extends AutoCloseable {

  /**
   * What the store is at this reading.
   *
   * @param index the log index up to which everything is contained
   * @param facts all of them, the store's own included
   * @param bytes an estimate of what the pages hold, to show progress
   */
  record Header(
      long index,
      long term,
      long revision,
      long compactedRevision,
      Map<String, Bytes> facts,
      long bytes) {}

  Header header();

  /**
   * The pages that follow the one that begins with {@code after}, in order, none beyond the
   * revision of the header: about {@code maxBytes} of them, at least one, and none at the end.
   */
  List<RevisionHistory.Page> pagesAfter(Revision after, long maxBytes) throws IOException;

  @Override
  void close();
}
