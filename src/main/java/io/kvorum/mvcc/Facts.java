package io.kvorum.mvcc;

import io.kvorum.model.Bytes;
import io.kvorum.model.Revision;
import java.io.IOException;
import java.util.Map;

/**
 * Names and reads the store's own facts beside the keys; numbers are decimal, readable in SQL.
 *
 * <p>{@link #INSTALLED}, {@link #STAGED} and {@link #COMPACTION_SETTLED} are about one copy of the
 * store and are not installed with it.
 *
 * <p>Held by: StoreSnapshotTest, SnapshotStagingTest.
 */
final class Facts {
  static final String REVISION = "revision";
  static final String COMPACT_REVISION = "compact_revision";

  /** The index at which this copy came from another member. */
  static final String INSTALLED = "installed";

  /** In a staged copy: the compact revision of the settled snapshot that it is a part of. */
  static final String STAGED = "staged/compact_revision";

  /**
   * In the header of a snapshot alone: nothing is left that the compaction to this revision is to
   * drop, so that what the pages hold is the same on every member that is settled there.
   */
  static final String COMPACTION_SETTLED = "reading/settled";

  /**
   * Of a store that was made from an etcd's snapshot: a revision, and the last change that there is
   * up to it, which is an earlier one, since some releases drop the tombstones of the very revision
   * that they compact to.
   */
  static final String LAST_CHANGE = "last_change";

  private Facts() {}

  static Bytes of(long number) {
    return Bytes.utf8(Long.toString(number));
  }

  static long revision(Map<String, Bytes> facts) throws IOException {
    return number(facts, REVISION, Revision.EMPTY_STORE);
  }

  static long compactRevision(Map<String, Bytes> facts) throws IOException {
    return number(facts, COMPACT_REVISION, Revision.NEVER_COMPACTED);
  }

  static long installedIndex(Map<String, Bytes> facts) throws IOException {
    return number(facts, INSTALLED, 0);
  }

  /** The fact that a store at this revision ends with an earlier change. */
  static Bytes lastChangeOf(long revision, long lastChange) {
    return Bytes.utf8(revision + " " + lastChange);
  }

  /** The revision of the last change of a store at this revision; 0 if it never had any. */
  static long lastChange(Map<String, Bytes> facts, long revision) throws IOException {
    Bytes fact = facts.get(LAST_CHANGE);
    if (fact != null) {
      String prefix = revision + " ";
      String text = fact.toUtf8();
      if (text.startsWith(prefix)) {
        return number(LAST_CHANGE, text.substring(prefix.length()));
      }
    }
    return revision == Revision.EMPTY_STORE ? 0 : revision;
  }

  /** True if the fact is there and is this number. */
  static boolean is(Map<String, Bytes> facts, String name, long number) {
    Bytes fact = facts.get(name);
    return fact != null && fact.equals(of(number));
  }

  /** True if the fact belongs to the one copy of the store that it stands in. */
  static boolean isOfThisCopy(String name) {
    return name.equals(INSTALLED) || name.equals(STAGED) || name.equals(COMPACTION_SETTLED);
  }

  private static long number(Map<String, Bytes> facts, String name, long otherwise)
      throws IOException {
    Bytes fact = facts.get(name);
    return fact == null ? otherwise : number(name, fact.toUtf8());
  }

  private static long number(String name, String text) throws IOException {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IOException("revision history: fact " + name + " is not a number: " + text, e);
    }
  }
}
