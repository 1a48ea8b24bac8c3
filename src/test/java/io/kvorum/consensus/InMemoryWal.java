package io.kvorum.consensus;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A write-ahead log on a simulated {@link Disk}, which outlives it. What was flushed survives a
 * {@link #crash}; of what was not, a random prefix does. A {@link Fault} may strike before and
 * after each access to the disk.
 *
 * <p>Checks what the port asks of its caller: consecutive indexes, one thread, nothing after an
 * error.
 */
public final class InMemoryWal implements WriteAheadLog {

  /** Strikes by throwing; called before and after each access to the disk with its name. */
  public interface Fault {
    Fault NONE = access -> {};

    void strike(String access) throws IOException;
  }

  /** What is on the disk. Confined to one log at a time. */
  public static final class Disk {
    private final int segmentEntries;
    private final TreeMap<Long, Entry> entries = new TreeMap<>();
    private long lastDiscarded;
    private int lastDiscardedTerm;
    private int term;
    private @Nullable String votedFor;
    private byte @Nullable [] members;

    public Disk() {
      this(1);
    }

    /**
     * @param segmentEntries entries are discarded in groups of so many
     */
    public Disk(int segmentEntries) {
      this.segmentEntries = segmentEntries;
    }

    public long firstIndex() {
      return entries.isEmpty() ? lastDiscarded + 1 : entries.firstKey();
    }

    public long lastIndex() {
      return entries.isEmpty() ? lastDiscarded : entries.lastKey();
    }

    /** Whether that entry, of that term, is there. */
    public boolean holds(long index, long term) {
      Entry entry = entries.get(index);
      return entry != null && entry.term() == term;
    }

    /** Puts something else into the place of an entry. */
    public void damage(long index) {
      Entry entry = Objects.requireNonNull(entries.get(index));
      entries.put(index, new Entry(index, entry.term(), new byte[] {99}));
    }

    private void discardUpTo(long index) {
      long wholeSegments = index - index % segmentEntries;
      var discarded = entries.headMap(wholeSegments, true);
      if (!discarded.isEmpty()) {
        lastDiscarded = discarded.lastKey();
        lastDiscardedTerm = discarded.get(discarded.lastKey()).term();
        discarded.clear();
      }
    }

    private void reset(long index, int termOfIndex) {
      entries.clear();
      lastDiscarded = index;
      lastDiscardedTerm = termOfIndex;
    }

    private void copyTo(Disk other) {
      other.entries.putAll(entries);
      other.lastDiscarded = lastDiscarded;
      other.lastDiscardedTerm = lastDiscardedTerm;
      other.term = term;
      other.votedFor = votedFor;
      other.members = members;
    }
  }

  /** A change that the disk may have seen or not. */
  private interface Change {
    void on(Disk disk);
  }

  private final Disk disk;
  private final Disk view;
  private final Fault fault;
  private final List<Change> unflushed = new ArrayList<>();
  private @Nullable Thread owner;
  private boolean failed;
  private boolean broken;
  private long flushes;

  public InMemoryWal(Disk disk) {
    this(disk, Fault.NONE);
  }

  public InMemoryWal(Disk disk, Fault fault) {
    this.disk = disk;
    this.view = new Disk(disk.segmentEntries);
    this.fault = fault;
  }

  @Override
  public synchronized Recovered open() throws IOException {
    access("open");
    if (owner != null) {
      throw new IllegalStateException("opened twice");
    }
    owner = Thread.currentThread();
    disk.copyTo(view);
    return recovered();
  }

  private Recovered recovered() {
    return new Recovered(
        view.term,
        view.votedFor,
        view.firstIndex(),
        view.lastIndex(),
        view.lastDiscardedTerm,
        view.members);
  }

  @Override
  public synchronized Recovered reset(long index, int term) throws IOException {
    requireOwner();
    access("reset");
    change(target -> target.reset(index, term));
    flushAll();
    access("was reset");
    return recovered();
  }

  @Override
  public synchronized void append(Entry entry) throws IOException {
    requireOwner();
    access("append");
    if (entry.index() != view.lastIndex() + 1) {
      throw new IllegalArgumentException(entry.index() + " after " + view.lastIndex());
    }
    change(target -> target.entries.put(entry.index(), entry));
    access("appended");
  }

  @Override
  public synchronized void flush() throws IOException {
    requireOwner();
    access("flush");
    flushAll();
    access("flushed");
  }

  @Override
  public synchronized void truncateFrom(long index) throws IOException {
    requireOwner();
    access("truncate");
    change(target -> target.entries.tailMap(index, true).clear());
  }

  @Override
  public synchronized void saveTerm(int term, @Nullable String votedFor) throws IOException {
    requireOwner();
    access("save term");
    change(
        target -> {
          target.term = term;
          target.votedFor = votedFor;
        });
    flushAll();
    access("saved term");
  }

  @Override
  public synchronized void saveMembers(byte[] members) throws IOException {
    requireOwner();
    access("save members");
    change(target -> target.members = members);
    flushAll();
    access("saved members");
  }

  @Override
  public synchronized void discardUpTo(long index) throws IOException {
    requireOwner();
    access("discard");
    if (index > view.lastIndex()) {
      throw new IllegalStateException("discards up to " + index + " of " + view.lastIndex());
    }
    change(target -> target.discardUpTo(index));
    access("discarded");
  }

  @Override
  public synchronized Entry read(long index) throws IOException {
    access("read");
    Entry entry = view.entries.get(index);
    if (entry == null) {
      throw new IOException(
          index + " is not between " + view.firstIndex() + " and " + view.lastIndex());
    }
    return entry;
  }

  @Override
  public synchronized List<Entry> read(long first, int maxEntries, long maxBytes)
      throws IOException {
    List<Entry> entries = new ArrayList<>();
    entries.add(read(first));
    long bytes = entries.get(0).payload().length;
    for (Entry entry : view.entries.tailMap(first, false).values()) {
      bytes += entry.payload().length;
      if (entries.size() >= maxEntries || bytes > maxBytes) {
        break;
      }
      entries.add(entry);
    }
    return entries;
  }

  @Override
  public synchronized long sizeBytes() {
    return view.entries.values().stream().mapToLong(entry -> entry.payload().length).sum();
  }

  /** How often something was made durable. */
  public synchronized long flushes() {
    return flushes;
  }

  /** The process ends here: a random prefix of what was not flushed is on the disk, too. */
  public synchronized void crash(Random random) {
    if (!broken) {
      int kept = random.nextInt(unflushed.size() + 1);
      unflushed.subList(0, kept).forEach(change -> change.on(disk));
    }
    broken = true;
    unflushed.clear();
  }

  /** What was not flushed is lost. */
  @Override
  public synchronized void close() {
    broken = true;
    unflushed.clear();
  }

  private void change(Change change) {
    change.on(view);
    unflushed.add(change);
  }

  private void flushAll() {
    unflushed.forEach(change -> change.on(disk));
    unflushed.clear();
    flushes++;
  }

  private void access(String name) throws IOException {
    if (broken) {
      throw new IOException(name + " after the log was closed or broken");
    }
    try {
      fault.strike(name);
    } catch (IOException | RuntimeException | Error e) {
      failed = true;
      throw e;
    }
  }

  private void requireOwner() throws IOException {
    if (failed) {
      throw new IOException("the log is used after it has failed");
    }
    if (Thread.currentThread() != owner) {
      throw new IllegalStateException("used by " + Thread.currentThread() + ", not by " + owner);
    }
  }
}
