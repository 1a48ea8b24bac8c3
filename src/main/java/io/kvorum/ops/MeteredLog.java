package io.kvorum.ops;

import io.kvorum.consensus.WriteAheadLog;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A log that takes the time of each flush of another one, and tells where that ends. As thread-safe
 * as that is.
 */
public final class MeteredLog implements WriteAheadLog {
  private static final System.Logger LOG = System.getLogger(MeteredLog.class.getName());

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
      LOG.log(
          Level.INFO,
          "the log ends with entry {0} of term {1}",
          Long.toString(last),
          Integer.toString(term));
      timings.logEndsWith(last, term);
    }
    return opened;
  }

  @Override
  public void append(Entry entry) throws IOException {
    log.append(entry);
    timings.appended(entry.payload().length);
    timings.logEndsWith(entry.index(), entry.term());
  }

  @Override
  public void flush() throws IOException {
    long start = System.nanoTime();
    log.flush();
    timings.logFlushed(System.nanoTime() - start);
  }

  /** What is truncated is replaced at once: the next append says where the log ends. */
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
