package io.kvorum.mvcc;

import io.kvorum.model.Change;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A page's changes, in order. Immutable. */
record DecodedPage(List<Change> changes) {

  static DecodedPage of(byte[] data) {
    return new DecodedPage(PageCodec.decode(data));
  }

  @Nullable Change find(long main, int sub) {
    int place = firstAtOrAfter(main, sub);
    if (place == changes.size()) {
      return null;
    }
    Change change = changes.get(place);
    return change.kv().modRevision() == main && change.sub() == sub ? change : null;
  }

  /** The place of the first change that is not before the revision; the size if there is none. */
  int firstAtOrAfter(long main, int sub) {
    int low = 0;
    int high = changes.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      Change change = changes.get(middle);
      long at = change.kv().modRevision();
      if (at < main || (at == main && change.sub() < sub)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  int weight() {
    long bytes = 64;
    for (Change change : changes) {
      bytes += RecentChanges.weight(change) + change.kv().key().length();
    }
    return (int) Math.min(bytes, Integer.MAX_VALUE);
  }
}
