package io.kvorum.bbolt;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Steps through the entries of one bucket, in the order of their keys, and holds one page of each
 * level. It fails where keys do not ascend, and before it would read more pages than the file has:
 * a tree that leads back to itself ends. Confined to one thread.
 *
 * <p>Held by: BoltFileTest, BoltFuzzTest.
 */
public final class BoltCursor {
  private static final int MAX_DEPTH = 64;

  private final BoltFile file;
  private final List<Step> path = new ArrayList<>();
  private long pagesLeft;
  private byte @Nullable [] key;

  BoltCursor(BoltFile file, Page root) throws IOException {
    this.file = file;
    this.pagesLeft = file.pages();
    path.add(new Step(root));
  }

  /** Moves to the next entry; false after the last one. */
  public boolean next() throws IOException {
    while (!path.isEmpty()) {
      Step step = path.get(path.size() - 1);
      if (++step.index >= step.page.count()) {
        path.remove(path.size() - 1);
      } else if (step.page.isLeaf()) {
        enter(step);
        return true;
      } else {
        descend(step);
      }
    }
    return false;
  }

  /** The current entry's key; the array is the caller's. */
  public byte[] key() {
    if (key == null) {
      throw new IllegalStateException("there is no current entry");
    }
    return key;
  }

  /** Reads the current entry's value. */
  public byte[] value() throws IOException {
    Step step = current();
    return step.page.leafValue(step.index);
  }

  public int valueBytes() throws IOException {
    Step step = current();
    return step.page.leafValueBytes(step.index);
  }

  /** True if the value is a bucket, which {@link #bucket} opens. */
  public boolean isBucket() throws IOException {
    Step step = current();
    return (step.page.leafFlags(step.index) & BoltFormat.BUCKET) != 0;
  }

  /** Opens the bucket that is the current entry. */
  public BoltCursor bucket() throws IOException {
    return new BoltCursor(file, file.bucketRoot(value()));
  }

  /**
   * The last key of the bucket, found from its end, whatever the cursor stands at; null if there is
   * none. The cursor is of no use afterwards.
   */
  byte @Nullable [] lastKey() throws IOException {
    Page root = path.get(0).page;
    path.clear();
    return lastKey(root, 0);
  }

  private byte @Nullable [] lastKey(Page page, int depth) throws IOException {
    if (depth >= MAX_DEPTH) {
      throw page.failure("the tree is deeper than " + MAX_DEPTH + " levels");
    }
    if (page.isLeaf()) {
      if (page.count() == 0) {
        return null;
      }
      page.checkLeaf(page.count() - 1);
      return page.leafKey(page.count() - 1);
    }
    for (int child = page.count() - 1; child >= 0; child--) {
      if (--pagesLeft < 0) {
        throw page.failure("the tree leads back to itself");
      }
      byte[] last = lastKey(file.treePage(page.branchChild(child)), depth + 1);
      if (last != null) {
        return last;
      }
    }
    return null;
  }

  private Step current() {
    if (path.isEmpty()) {
      throw new IllegalStateException("there is no current entry");
    }
    return path.get(path.size() - 1);
  }

  private void enter(Step step) throws IOException {
    step.page.checkLeaf(step.index);
    byte[] next = step.page.leafKey(step.index);
    if (next.length == 0) {
      throw step.page.failure("a key is empty");
    }
    if (key != null && Arrays.compareUnsigned(key, next) >= 0) {
      throw step.page.failure("the key " + BoltFormat.text(next) + " is out of order");
    }
    key = next;
  }

  private void descend(Step step) throws IOException {
    if (path.size() >= MAX_DEPTH) {
      throw step.page.failure("the tree is deeper than " + MAX_DEPTH + " levels");
    }
    if (--pagesLeft < 0) {
      throw step.page.failure("the tree leads back to itself");
    }
    path.add(new Step(file.treePage(step.page.branchChild(step.index))));
  }

  /** A page on the way to the current entry. */
  private static final class Step {
    private final Page page;
    private int index = -1;

    private Step(Page page) {
      this.page = page;
    }
  }
}
