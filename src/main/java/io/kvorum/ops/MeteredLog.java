package io.kvorum.ops;

import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.support.Log;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Measures the flushes of another write-ahead log, and reports its last entry. As thread-safe as
 * that one.
 *
 * <p>Held by: MeteredLogContractTest.
 */
public final class MeteredLog implements WriteAheadLog {
  private static final Log LOG = Log.of(MeteredLog.class);

  private final WriteAheadLog log;
  private final Timings timings;

  public MeteredLog(WriteAheadLog log, Timings timings) {
    this.log = log;
    this.timings = timings;
  }

  @Override
  public Recovered open() throws IOException {
    Recovered opened = log.open();
    long last = opened.lastIndex();
    if (last > 0) {
      int term = last < opened.firstIndex() ? opened.lastDiscardedTerm() : log.read(last).term();
      LOG.info("last log entry: index {}, term {}", last, term);
      timings.logEndsWith(last, term);
    }
    return opened;
  }

  @Override
  public void append(Entry entry) throws IOException {
    long start = System.nanoTime();
    log.append(entry);
    timings.appended(entry.payload().length, System.nanoTime() - start);
    timings.logEndsWith(entry.index(), entry.term());
  }

  @Override
  public void flush() throws IOException {
    long start = System.nanoTime();
    log.flush();
    timings.logFlushed(System.nanoTime() - start);
  }

  /** Truncated entries are replaced at once: the next append updates the end of the log. */
  @Override
  public void truncateFrom(long index) throws IOException {
    log.truncateFrom(index);
  }

  @Override
  public void saveTerm(int term, @Nullable String votedFor) throws IOException {
    log.saveTerm(term, votedFor);
  }

  @Override
  public void saveMembers(byte[] members) throws IOException {
    log.saveMembers(members);
  }

  @Override
  public void discardUpTo(long index) throws IOException {
    log.discardUpTo(index);
  }

  @Override
  public Entry read(long index) throws IOException {
    return log.read(index);
  }

  @Override
  public List<Entry> read(long first, int maxEntries, long maxBytes) throws IOException {
    return log.read(first, maxEntries, maxBytes);
  }

  @Override
  public Recovered reset(long index, int term) throws IOException {
    Recovered reset = log.reset(index, term);
    timings.logEndsWith(index, term);
    return reset;
  }

  @Override
  public long sizeBytes() {
    return log.sizeBytes();
  }

  @Override
  public void close() throws IOException {
    log.close();
  }
}
