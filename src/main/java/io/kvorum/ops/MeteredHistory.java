package io.kvorum.ops;

import io.kvorum.model.Bytes;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.history.RevisionHistory;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Measures the transactions of another history. As thread-safe as that one.
 *
 * <p>Held by: MeteredHistoryContractTest.
 */
public final class MeteredHistory implements RevisionHistory {
  private final RevisionHistory history;
  private final Timings timings;

  public MeteredHistory(RevisionHistory history, Timings timings) {
    this.history = history;
    this.timings = timings;
  }

  @Override
  public Recovered open() throws IOException {
    return history.open();
  }

  @Override
  public void scan(PageVisitor visitor) throws IOException {
    history.scan(visitor);
  }

  @Override
  public void append(Batch batch) throws IOException {
    long start = System.nanoTime();
    history.append(batch);
    timings.historyCommitted(System.nanoTime() - start);
  }

  @Override
  public void rewrite(List<Revision> removed, List<Page> added) throws IOException {
    long start = System.nanoTime();
    history.rewrite(removed, added);
    timings.historyCommitted(System.nanoTime() - start);
  }

  @Override
  public byte @Nullable [] readPage(Revision first) throws IOException {
    return history.readPage(first);
  }

  @Override
  public Map<String, Bytes> facts() throws IOException {
    return history.facts();
  }

  @Override
  public void clear() throws IOException {
    history.clear();
  }

  @Override
  public long allocatedBytes() {
    return history.allocatedBytes();
  }

  @Override
  public void releaseFreeSpace() throws IOException {
    history.releaseFreeSpace();
  }

  @Override
  public void close() throws IOException {
    history.close();
  }
}
