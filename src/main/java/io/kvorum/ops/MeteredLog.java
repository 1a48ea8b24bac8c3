package io.kvorum.ops;

import io.kvorum.consensus.WriteAheadLog;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A log that takes the time of each flush of another one. As thread-safe as that is. */
public final class MeteredLog implements WriteAheadLog {
  private final WriteAheadLog log;
  private final Timings timings;

  public MeteredLog(WriteAheadLog log, Timings timings) {
    this.log = log;
    this.timings = timings;
  }

  @Override
  public Recovered open() throws IOException {
    return log.open();
  }

  @Override
  public void append(Entry entry) throws IOException {
    log.append(entry);
    timings.appended(entry.payload().length);
  }

  @Override
  public void flush() throws IOException {
    long start = System.nanoTime();
    log.flush();
    timings.logFlushed(System.nanoTime() - start);
  }

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
    return log.reset(index, term);
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
