package io.kvorum.bbolt;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Checks that a file is sound: each page below the high-water mark is reached once, or free where
 * the file has a freelist; it is what it says; and keys ascend within the bounds that the branches
 * above set. It reads each page once, and takes one or two bits of memory for it. Confined to one
 * thread.
 */
public final class BoltCheck {
  private static final int MAX_DEPTH = 64;
  private static final int MAX_REPORTED = 100;

  private final BoltFile file;
  private final LongConsumer pagesChecked;
  private final BitSet reached = new BitSet();
  private final List<String> errors = new ArrayList<>();
  private long errorCount;
  private long pages;

  private BoltCheck(BoltFile file, LongConsumer pagesChecked) {
    this.file = file;
    this.pagesChecked = pagesChecked;
  }

  /**
   * @param errors the first of what was found, a line each
   * @param count of all that was found
   */
  public record Result(List<String> errors, long count) {
    public Result {
      errors = List.copyOf(errors);
    }

    public boolean isSound() {
      return count == 0;
    }
  }

  /**
   * @param bytesChecked receives the number of bytes checked so far
   * @throws IOException if the file cannot be read
   */
  public static Result check(BoltFile file, LongConsumer bytesChecked) throws IOException {
    BoltCheck check = new BoltCheck(file, bytesChecked);
    check.run();
    return new Result(check.errors, check.errorCount);
  }

  private void run() throws IOException {
    if (file.pages() > Integer.MAX_VALUE) {
      throw new BoltException("the file has too many pages");
    }
    BitSet free = new BitSet();
    if (file.meta().hasFreelist()) {
      attempt(() -> readFreelist(free));
    }
    attempt(() -> checkTree(file.meta().rootPage(), new Bounds(null, null), 0));
    if (file.meta().hasFreelist()) {
      for (int page = 2; page < file.pages(); page++) {
        if (reached.get(page) && free.get(page)) {
          report("page " + page + ": reachable freed");
        } else if (!reached.get(page) && !free.get(page)) {
          report("page " + page + ": unreachable unfreed");
        }
      }
    }
  }

  private void readFreelist(BitSet free) throws IOException {
    Page page = file.page(file.meta().freelistPage());
    reach(file.meta().freelistPage(), page);
    page.expect(BoltFormat.FREELIST);
    boolean isLong = page.count() == 0xFFFF;
    long count = isLong ? page.freelistWord(0) : page.count();
    int first = isLong ? 1 : 0;
    if (count < 0 || count > file.meta().highWaterMark()) {
      throw page.failure("a freelist of " + Long.toUnsignedString(count) + " pages");
    }
    for (long i = 0; i < count; i++) {
      long id = page.freelistWord(first + i);
      if (id < 2 || id >= file.meta().highWaterMark()) {
        report("page " + Long.toUnsignedString(id) + ": freed, but out of bounds");
      } else if (id < file.pages()) {
        if (free.get((int) id)) {
          report("page " + id + ": already freed");
        }
        free.set((int) id);
      }
    }
  }

  private void checkTree(long id, Bounds bounds, int depth) throws IOException {
    Page page = file.page(id);
    if (!reach(id, page)) {
      return;
    }
    page.expect(BoltFormat.BRANCH | BoltFormat.LEAF);
    checkPage(page, bounds, depth);
  }

  private void checkPage(Page page, Bounds bounds, int depth) throws IOException {
    if (depth > MAX_DEPTH) {
      throw page.failure("the tree is deeper than " + MAX_DEPTH + " levels");
    }
    if (page.isLeaf()) {
      checkLeaf(page, bounds, depth);
    } else {
      checkBranch(page, bounds, depth);
    }
  }

  private void checkLeaf(Page page, Bounds bounds, int depth) throws IOException {
    byte[] before = null;
    for (int i = 0; i < page.count(); i++) {
      page.checkLeaf(i);
      byte[] key = page.leafKey(i);
      checkKey(page, before, key, bounds);
      before = key;
      if ((page.leafFlags(i) & BoltFormat.BUCKET) != 0) {
        byte[] value = page.leafValue(i);
        attempt(() -> checkBucket(value, depth));
      }
    }
  }

  private void checkBucket(byte[] value, int depth) throws IOException {
    long root = BoltFile.rootOf(value);
    Bounds all = new Bounds(null, null);
    if (root == 0) {
      checkPage(file.bucketRoot(value), all, depth + 1);
    } else {
      checkTree(root, all, depth + 1);
    }
  }

  private void checkBranch(Page page, Bounds bounds, int depth) throws IOException {
    if (page.count() == 0) {
      throw page.failure("a branch without children");
    }
    page.checkBranch(0);
    byte[] key = page.branchKey(0);
    checkKey(page, null, key, bounds);
    for (int i = 0; i < page.count(); i++) {
      long child = page.branchChild(i);
      byte[] own = key;
      byte[] next = null;
      if (i + 1 < page.count()) {
        page.checkBranch(i + 1);
        next = page.branchKey(i + 1);
        checkKey(page, own, next, bounds);
        key = next;
      }
      Bounds below = new Bounds(own, next == null ? bounds.before : next);
      attempt(() -> checkTree(child, below, depth + 1));
    }
  }

  private void checkKey(Page page, byte @Nullable [] before, byte[] key, Bounds bounds) {
    boolean inOrder =
        (before == null || Arrays.compareUnsigned(before, key) < 0)
            && (bounds.from == null || Arrays.compareUnsigned(bounds.from, key) <= 0)
            && (bounds.before == null || Arrays.compareUnsigned(key, bounds.before) < 0);
    if (key.length == 0) {
      report(page.failure("a key is empty"));
    } else if (!inOrder) {
      report(page.failure("the key " + BoltFormat.text(key) + " is out of order"));
    }
  }

  /** False if one of the pages has been reached before, which is reported. */
  private boolean reach(long id, Page page) throws IOException {
    int from = (int) id;
    int end = (int) (id + page.covered(file.meta()));
    int again = reached.nextSetBit(from);
    if (again >= 0 && again < end) {
      report("page " + again + ": multiple references");
      return false;
    }
    reached.set(from, end);
    pages += end - from;
    pagesChecked.accept(pages * file.meta().pageBytes());
    return true;
  }

  /** What is wrong with a part of the tree is reported, and the rest is checked all the same. */
  private void attempt(Part part) throws IOException {
    try {
      part.check();
    } catch (BoltException damage) {
      report(damage);
    }
  }

  private void report(BoltException damage) {
    report(String.valueOf(damage.getMessage()));
  }

  private void report(String error) {
    errorCount++;
    if (errors.size() < MAX_REPORTED) {
      errors.add(error);
    }
  }

  /** A part of the file. */
  private interface Part {
    void check() throws IOException;
  }

  /** What the keys of a part of the tree must lie between; null where there is no bound. */
  private static final class Bounds {
    private final byte @Nullable [] from;
    private final byte @Nullable [] before;

    private Bounds(byte @Nullable [] from, byte @Nullable [] before) {
      this.from = from;
      this.before = before;
    }
  }
}
