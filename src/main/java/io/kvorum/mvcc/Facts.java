package io.kvorum.mvcc;

import io.kvorum.model.Bytes;
import io.kvorum.model.Revision;
import java.io.IOException;
import java.util.Map;

/** The store's own facts beside the keys; numbers are written in decimal, readable in SQL. */
final class Facts {
  static final String REVISION = "revision";
  static final String COMPACT_REVISION = "compact_revision";

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

  private static long number(Map<String, Bytes> facts, String name, long otherwise)
      throws IOException {
    Bytes fact = facts.get(name);
    if (fact == null) {
      return otherwise;
    }
    try {
      return Long.parseLong(fact.toUtf8());
    } catch (NumberFormatException e) {
      throw new IOException("revision history: fact " + name + " is not a number: " + fact, e);
    }
  }
}
