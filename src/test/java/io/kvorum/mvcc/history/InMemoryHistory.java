package io.kvorum.mvcc.history;

import io.kvorum.model.Bytes;
import io.kvorum.model.Revision;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A history on the heap, for tests. What was appended is durable; {@link #crash} makes everything
 * that comes later fail, and {@link #reopen} gives a new one with what was durable by then. Writing
 * can be held back, to see a store whose changes are not written yet. Thread-safe.
 */
public final class InMemoryHistory implements RevisionHistory {
  /** A page costs this much more than its data, so that joining pages saves space. */
  private static final int PAGE_OVERHEAD = 64;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition released = lock.newCondition();
  private final Condition blocked = lock.newCondition();
  private final TreeMap<Revision, byte[]> pages = new TreeMap<>();
  private final Map<String, Bytes> facts = new HashMap<>();
  private long appliedIndex;
  private long appliedTerm;
  private long usedBytes;
  private long highWaterBytes;
  private boolean open;
  private boolean held;
  private boolean crashed;
  private int appends;
  private int reads;
  private int rewrites;
  private int rewritesUntilCrash = -1;
  private int rewritesUntilHeld = -1;
  private @Nullable IOException failure;

  /** From now on every write waits. */
  public void hold() {
    locked(() -> held = true);
  }

  /** Returns once somebody waits who was held back. */
  public void awaitBlockedWriter() {
    locked(
        () -> {
          while (!lock.hasWaiters(released)) {
            blocked.awaitUninterruptibly();
          }
        });
  }

  /** As {@link #hold}, after so many more rewritings. */
  public void holdAfterRewrites(int count) {
    locked(() -> rewritesUntilHeld = count);
  }

  public void release() {
    locked(
        () -> {
          held = false;
          released.signalAll();
        });
  }

  /** From now on nothing is written: every attempt throws an {@link IOException}. */
  public void crash() {
    locked(
        () -> {
          crashed = true;
          held = false;
          released.signalAll();
        });
  }

  /** Crashes after so many more rewritings. */
  public void crashAfterRewrites(int count) {
    locked(() -> rewritesUntilCrash = count);
  }

  /** The next writing call fails with this. */
  public void failWith(IOException cause) {
    locked(() -> failure = cause);
  }

  /** Another history with what is durable in this one. */
  public InMemoryHistory reopen() {
    lock.lock();
    try {
      InMemoryHistory copy = new InMemoryHistory();
      copy.pages.putAll(pages);
      copy.usedBytes = usedBytes;
      copy.facts.putAll(facts);
      copy.appliedIndex = appliedIndex;
      copy.appliedTerm = appliedTerm;
      return copy;
    } finally {
      lock.unlock();
    }
  }

  public int appends() {
    lock.lock();
    try {
      return appends;
    } finally {
      lock.unlock();
    }
  }

  public boolean isOpen() {
    lock.lock();
    try {
      return open;
    } finally {
      lock.unlock();
    }
  }

  /** How many pages were read. */
  public int reads() {
    lock.lock();
    try {
      return reads;
    } finally {
      lock.unlock();
    }
  }

  public int rewrites() {
    lock.lock();
    try {
      return rewrites;
    } finally {
      lock.unlock();
    }
  }

  /** All pages, in order. */
  public List<Page> pages() {
    lock.lock();
    try {
      List<Page> all = new ArrayList<>();
      pages.forEach((first, data) -> all.add(new Page(first, data.clone())));
      return all;
    } finally {
      lock.unlock();
    }
  }

  /** Exchanges the data of a page behind everyone's back. */
  public void damage(Revision first, byte[] data) {
    locked(() -> pages.put(first, data));
  }

  @Override
  public Recovered open() throws IOException {
    lock.lock();
    try {
      check(!open, "opened twice");
      open = true;
      return new Recovered(appliedIndex, appliedTerm, Map.copyOf(facts));
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void scan(PageVisitor visitor) throws IOException {
    List<Page> all;
    lock.lock();
    try {
      check(open, "scanned while closed");
      all = pages();
    } finally {
      lock.unlock();
    }
    for (Page page : all) {
      visitor.visit(page);
    }
  }

  @Override
  public void append(Batch batch) throws IOException {
    lock.lock();
    try {
      awaitRelease();
      checkWritable();
      check(batch.appliedIndex() >= appliedIndex, "the applied index goes back");
      for (Page page : batch.pages()) {
        check(
            pages.isEmpty() || pages.lastKey().compareTo(page.first()) < 0,
            "page " + page.first() + " is not later than all others");
        enter(page);
      }
      batch.facts().forEach(this::setFact);
      appliedIndex = batch.appliedIndex();
      appliedTerm = batch.appliedTerm();
      appends++;
      highWaterBytes = Math.max(highWaterBytes, usedBytes);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void rewrite(List<Revision> removed, List<Page> added) throws IOException {
    lock.lock();
    try {
      awaitRelease();
      if (rewritesUntilCrash == 0) {
        crashed = true;
      }
      checkWritable();
      for (Revision first : removed) {
        check(pages.containsKey(first), "page " + first + " to be replaced is not there");
      }
      for (Revision first : removed) {
        byte[] data = pages.remove(first);
        usedBytes -= data.length + PAGE_OVERHEAD;
      }
      for (Page page : added) {
        check(!pages.containsKey(page.first()), "page " + page.first() + " to add is there");
        enter(page);
      }
      rewrites++;
      rewritesUntilCrash--;
      rewritesUntilHeld--;
      held |= rewritesUntilHeld == 0;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public byte @Nullable [] readPage(Revision first) throws IOException {
    lock.lock();
    try {
      check(open, "read while closed");
      reads++;
      byte[] data = pages.get(first);
      return data == null ? null : data.clone();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Map<String, Bytes> facts() throws IOException {
    lock.lock();
    try {
      check(open, "read while closed");
      return Map.copyOf(facts);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void clear() throws IOException {
    lock.lock();
    try {
      awaitRelease();
      checkWritable();
      pages.clear();
      facts.clear();
      appliedIndex = 0;
      appliedTerm = 0;
      usedBytes = 0;
      highWaterBytes = 0;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long allocatedBytes() {
    lock.lock();
    try {
      return Math.max(highWaterBytes, usedBytes);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void releaseFreeSpace() throws IOException {
    lock.lock();
    try {
      checkWritable();
      highWaterBytes = usedBytes;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    locked(() -> open = false);
  }

  private void setFact(String name, @Nullable Bytes value) {
    if (value == null) {
      facts.remove(name);
    } else {
      facts.put(name, value);
    }
  }

  private void enter(Page page) {
    pages.put(page.first(), page.data().clone());
    usedBytes += page.data().length + PAGE_OVERHEAD;
  }

  private void awaitRelease() {
    while (held) {
      blocked.signalAll();
      released.awaitUninterruptibly();
    }
  }

  private void checkWritable() throws IOException {
    if (failure != null) {
      throw failure;
    }
    if (crashed) {
      throw new IOException("crashed");
    }
    check(open, "written while closed");
  }

  private void locked(Runnable change) {
    lock.lock();
    try {
      change.run();
    } finally {
      lock.unlock();
    }
  }

  private static void check(boolean condition, String otherwise) throws IOException {
    if (!condition) {
      throw new IOException(otherwise);
    }
  }
}
